"""Fulfilling an order: line by line, parcel by parcel, each reported once."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.fulfillments import (
        TOO_LATE,
        FulfillmentActivities,
        Repeated,
    )
    from ferryman.purchase import lines as ledger
    from ferryman.purchase import parcels
    from ferryman.purchase.lines import OverQuantity
    from ferryman.purchase.messages import Answer, Shipment, ShipmentItem
    from ferryman.purchase.purchase import Fulfillment, ParcelState, Party, ShippedItem
    from ferryman.purchase.readings import FulfillmentReading, Standing
    from ferryman.purchase.states import State
    from ferryman.purchase.timeline import EntryKind

from . import ageing, capture, refusals, wording
from .case import Case
from .decision import AS_WE_SEE_IT, look, settle_now
from .reporting import has_goods, tell

REAUTHORIZATION = "payment_authorization_failed"
"""A risk-averse account asks the bank again, and the bank says no ("Payment reauthorizations")."""

HOLDING = frozenset({State.ACCEPTED, State.DISPUTED})
"""States in which a held shipment may still go out."""


async def ship(case: Case, shipment: Shipment) -> Answer:
    """Report what was shipped or could not be; while disputed it is held (`done` is False then).

    So are goods alone while an operator lets none leave.

    The same shipment id again changes nothing.
    """
    if known(case, shipment.shipment_id):
        return Answer(version=case.version, done=not _is_held(case, shipment.shipment_id))
    left = _not_delivered(case, shipment)
    if left is None:
        return Answer(version=case.version)
    try:
        check(case, shipment)
    except ApplicationError:
        await refuse(case, shipment)
        raise
    shipment = left
    if case.state is State.DISPUTED or (case.hold is not None and has_goods(shipment)):
        case.attempt.held.append(shipment)
        case.note(EntryKind.ACT, "shipment_held", shipmentId=shipment.shipment_id)
        return Answer(version=await case.publish(), done=False)
    refusal = await report(case, shipment)
    if refusal is not None and not _is_held(case, shipment.shipment_id):
        raise refusals.not_allowed(refusal)
    return Answer(version=case.version, done=not _is_held(case, shipment.shipment_id))


async def refuse(case: Case, shipment: Shipment) -> None:
    """Tell of a shipment that was in order when it was asked for, and is not any more.

    Whoever asked may have gone with a 202.
    """
    case.note(EntryKind.STEP, "shipment_refused", shipmentId=shipment.shipment_id)
    await case.record.mention()


async def ship_held(case: Case) -> None:
    """Report the shipments that waited for the end of a dispute, or of an operator's hold.

    None goes out once the purchase has ended; no goods do once its authorisation is too old, or
    while what has left is not paid for.
    """
    while stands_accepted(case) and (shipment := _next_held(case)) is not None:
        case.attempt.held.remove(shipment)
        await report(case, shipment)
    free = stands_accepted(case) and case.hold is None
    if case.attempt.held and (case.state not in HOLDING or free):
        for shipment in case.attempt.held:
            case.note(EntryKind.STEP, "shipment_refused", shipmentId=shipment.shipment_id)
        case.attempt.held.clear()
        case.call_person(wording.SHIPMENT_REFUSED)
        await case.publish()


def _next_held(case: Case) -> Shipment | None:
    none = case.hold is not None or ageing.expired(case) or capture.stopped(case)
    held = (
        each
        for each in case.attempt.held
        if not (none and has_goods(each)) and _is_open(case, each)
    )
    return next(held, None)


def _is_open(case: Case, shipment: Shipment) -> bool:
    """False where some of it has been cancelled while it waited."""
    try:
        ledger.moved(case.attempt.lines, shipment.items)
    except OverQuantity:
        return False
    return True


def stands_accepted(case: Case) -> bool:
    """True where goods may leave, as far as the order's last look tells."""
    reading = case.attempt.reading
    stands = reading is not None and reading.standing is Standing.ACCEPTED
    return stands and case.state is State.ACCEPTED


async def count_doubles(case: Case) -> None:
    """Ask, with every new look at the order, whether a first try came through beside its repeat."""
    if case.order_id is None or case.attempt.counted is case.attempt.reading:
        return
    case.attempt.counted = case.attempt.reading
    doubles = await case.prepare(
        FulfillmentActivities.count_doubles,
        Repeated(
            purchase_id=case.id, order_id=case.order_id, references=tuple(case.attempt.repeated)
        ),
        "count the shipments that were told again",
    )
    if doubles:
        case.attempt.repeated.clear()
        case.call_person(wording.SHIPMENT_DOUBLED)
        await case.publish()


def check(case: Case, shipment: Shipment) -> None:
    """Raise the refusal of what may not ship: more than is open, and what nobody may pay for."""
    left = _not_delivered(case, shipment)
    if left is None:
        return
    if has_goods(left):
        _check_goods(case)
    if case.wishes:
        raise refusals.not_allowed("a cancellation is under way; nothing may ship before it")
    _check_quantities(case, left)


def _check_quantities(case: Case, shipment: Shipment) -> None:
    asked = {item.line_id for item in shipment.items}
    if any(line.order_item_id is None for line in case.attempt.lines if line.line_id in asked):
        raise refusals.not_allowed("Digital River's order has no item for one of these lines")
    try:
        lines = case.attempt.lines
        for waiting in case.attempt.held:
            lines = ledger.moved(lines, waiting.items)
        ledger.moved(lines, shipment.items)
    except OverQuantity as error:
        field = "lineId" if "line" in str(error) else "quantity"
        raise refusals.over_quantity(error, field=field) from error


def _check_goods(case: Case) -> None:
    """Goods leave for an accepted order only, which a late fraud review may take back."""
    reading = case.attempt.reading
    if reading is None or reading.standing not in AS_WE_SEE_IT:
        stands = reading.order.state if reading else "missing"
        raise refusals.not_allowed(f"Digital River's order is {stands}; goods may not leave for it")
    if capture.stopped(case):
        raise refusals.not_allowed(capture.refusal(case))
    if ageing.expired(case):
        raise refusals.not_allowed(ageing.refusal(case))


def settled(case: Case, shipment: Shipment) -> bool:
    """True where reporting this shipment changes nothing."""
    return known(case, shipment.shipment_id) or _not_delivered(case, shipment) is None


def _not_delivered(case: Case, shipment: Shipment) -> Shipment | None:
    """The shipment without what we have delivered by ourselves; None where nothing is left."""
    if case.policy.digital_delivery != "automatic":
        return shipment
    return parcels.not_delivered(shipment, case.attempt.fulfillments)


def known(case: Case, shipment_id: str) -> bool:
    """True where this shipment has been reported, or is held."""
    reported = any(done.shipment_id == shipment_id for done in case.attempt.fulfillments)
    return reported or _is_held(case, shipment_id)


def _is_held(case: Case, shipment_id: str) -> bool:
    return any(held.shipment_id == shipment_id for held in case.attempt.held)


def record(
    case: Case,
    shipment_id: str,
    items: tuple[ShipmentItem, ...],
    result: FulfillmentReading,
    state: ParcelState,
) -> None:
    """Enter into the ledger what the provider has taken."""
    case.dismiss_person(wording.SHIPMENT_REFUSED, wording.REAUTHORIZATION_FAILED)
    if result.repeated:
        case.attempt.repeated.append(shipment_id)
    case.attempt.lines = ledger.moved(case.attempt.lines, items)
    case.attempt.fulfillments.append(
        Fulfillment(
            shipment_id=shipment_id,
            id=result.fulfillment_id,
            items=tuple(ShippedItem.model_validate(item.model_dump()) for item in items),
            state=state,
            created_time=result.created_time or workflow.now(),
        )
    )


async def report(case: Case, shipment: Shipment) -> str | None:
    """Tell the provider of a shipment; why it was not taken, where it was not.

    Goods that an operator holds meanwhile are held, where they have surely not been told.
    """
    result = await tell(case, shipment)
    if result is None:
        return "an operator lets no goods leave"
    if result.problem is not None:
        return await _refused(case, shipment, result)
    state = ParcelState.SHIPPED if has_goods(shipment) else ParcelState.CANCELLED
    record(case, shipment.shipment_id, shipment.items, result, state)
    case.attempt.fulfillments[-1] = case.attempt.fulfillments[-1].model_copy(
        update=shipment.model_dump(include={"tracking_company", "tracking_number", "tracking_url"})
    )
    if any(item.cancel_quantity for item in shipment.items):
        case.attempt.cancelled_by = Party.MERCHANT
    case.note(EntryKind.STEP, "shipment_reported", shipmentId=shipment.shipment_id)
    await settle_now(case)
    return None


async def _refused(case: Case, shipment: Shipment, result: FulfillmentReading) -> str:
    """Hold the shipment where a dispute explains the refusal; else a person has to look."""
    problem = result.problem
    code = problem.code if problem else None
    case.note(EntryKind.STEP, "shipment_refused", shipmentId=shipment.shipment_id, code=code)
    if result.reading is not None:
        await look(case, result.reading)
    if case.state is State.DISPUTED:
        case.attempt.held.append(shipment)
        await case.publish()
        return "the shipment waits for the end of the dispute"
    reason, said = _why(case, code)
    case.call_person(reason)
    await case.publish()
    return said


def _why(case: Case, code: str | None) -> tuple[str, str]:
    """Why a person is called, and what the caller reads."""
    if code == REAUTHORIZATION:
        said = (
            "the bank refused to authorize the payment again, so that these goods would not be paid"
            " for; a person has been called, and the same shipment may be reported again later"
        )
        return wording.REAUTHORIZATION_FAILED, said
    if code == TOO_LATE:
        return wording.AUTHORIZATION_EXPIRED, ageing.refusal(case)
    said = "Digital River refused this shipment; a person has been called"
    return wording.SHIPMENT_REFUSED, said
