"""Building a checkout: the seeds' first stage, with the shopper's changes and the source."""

from collections.abc import Awaitable

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from activities.checkouts import AttachSource, BuildCheckout, CheckoutActivities, UpdateCheckout
    from ferryman.purchase import lines as ledger
    from ferryman.purchase.messages import Answer, SourceChoice
    from ferryman.purchase.readings import CheckoutReading, Problem
    from ferryman.purchase.request import Change, PurchaseRequest
    from ferryman.purchase.states import State
    from ferryman.purchase.timeline import EntryKind

from . import refusals
from .case import Case
from .steps import Result, unless


async def build(case: Case) -> None:
    """Build a new checkout; where the provider refuses it, the purchase waits to be mended.

    A cancellation or the end of the checkout window does not wait for a provider that is away.
    """
    await _build(case, case.request)
    await case.publish()


async def patch(case: Case, change: Change) -> Answer:
    """Change the checkout in place where Digital River can, else build another one."""
    request = with_change(case, change)
    if case.attempt.checkout is None:
        case.request, case.attempt.lines = request, ledger.ordered(request.items)
        await _build(case, request)
    elif change.needs_new_checkout:
        await _rebuild(case, request)
    else:
        await _update(case, change, request)
    return await _changed(case, "checkout_changed")


async def attach(case: Case, choice: SourceChoice) -> Answer:
    """Attach the payment source, to the customer first where it is to be saved."""
    checkout = case.attempt.checkout
    if checkout is None:
        raise refusals.not_allowed("there is no checkout to pay; mend it by PATCH first")
    customer = case.request.customer
    attaching = case.prepare(
        CheckoutActivities.attach,
        AttachSource(
            purchase_id=case.id,
            checkout_id=checkout.id,
            source_id=choice.source_id,
            customer_id=customer.id if customer and choice.save_for_future else None,
        ),
        "attach the source",
    )
    reading = await _unless_ending(case, attaching)
    if reading is None:
        raise _ending()
    if reading.problem is not None:
        await _refuse(case, "source_refused", reading.problem, pointer="/sourceId")
    _adopt(case, reading)
    return await _changed(case, "source_attached")


def with_change(case: Case, change: Change) -> PurchaseRequest:
    """The request with the change; raises the refusal that names what does not fit."""
    try:
        return change.applied_to(case.request)
    except ValidationError as error:
        raise refusals.unreadable(error) from error


async def _rebuild(case: Case, request: PurchaseRequest) -> None:
    kept = case.attempt.checkout
    before, case.request = case.request, request
    built = await _build(case, request)
    if case.attempt.checkout is kept:
        case.request = before
    else:
        case.attempt.lines = ledger.ordered(request.items)
    if not built:
        raise _ending()


async def _unless_ending(case: Case, step: Awaitable[Result]) -> Result | None:
    """The step's result; None where the purchase is to end, which waits for no provider."""
    return await unless(lambda: case.desk.urgent or case.expired, step)


def _ending() -> ApplicationError:
    return refusals.not_allowed("the purchase is being cancelled, or its window has closed")


async def _build(case: Case, request: PurchaseRequest) -> bool:
    """False where it was given up, since the purchase is about to end."""
    case.attempt.problem = None
    case.built += 1
    building = case.prepare(
        CheckoutActivities.build,
        BuildCheckout(purchase_id=case.id, attempt=case.built, request=request),
        "build the checkout",
    )
    reading = await _unless_ending(case, building)
    if reading is None:
        return False
    if reading.problem is not None:
        case.attempt.problem = reading.problem
        _note_problem(case, "checkout_refused", reading.problem)
        return True
    case.attempt.source_id = None
    _adopt(case, reading)
    case.note(EntryKind.STEP, "checkout_built", checkoutId=case.checkouts[-1])
    return True


async def _update(case: Case, change: Change, request: PurchaseRequest) -> None:
    if case.attempt.checkout is None:
        return
    changing = case.prepare(
        CheckoutActivities.update,
        UpdateCheckout(
            purchase_id=case.id,
            checkout_id=case.attempt.checkout.id,
            change=change,
            customer_id=request.customer.id if request.customer else None,
        ),
        "change the checkout",
    )
    reading = await _unless_ending(case, changing)
    if reading is None:
        raise _ending()
    if reading.problem is not None:
        await _refuse(case, "change_refused", reading.problem)
    case.request = request
    _adopt(case, reading)


def _adopt(case: Case, reading: CheckoutReading) -> None:
    if reading.checkout is None:
        return
    attempt = case.attempt
    attempt.checkout, attempt.payable, attempt.problem = reading.checkout, reading.payable, None
    if reading.checkout.id not in case.checkouts:
        case.checkouts.append(reading.checkout.id)
    attempt.source_id = reading.source_id or attempt.source_id
    attempt.source_type = reading.source_type or attempt.source_type
    if reading.source_flow is not None:
        attempt.told.redirect = reading.source_flow == "redirect"


async def _changed(case: Case, step: str) -> Answer:
    attempt = case.attempt
    if attempt.problem is not None:
        refusal = refusals.refused(attempt.problem)
        # The checkout that stood before still stands, and nothing is wrong with it.
        attempt.problem = attempt.problem if attempt.checkout is None else None
        await case.publish()
        raise refusal
    if case.state is State.PAYMENT_FAILED:
        case.move(State.CHECKOUT)
    case.note(EntryKind.STEP, step)
    return Answer(version=await case.publish())


async def _refuse(case: Case, step: str, problem: Problem, pointer: str | None = None) -> None:
    _note_problem(case, step, problem)
    await case.publish()
    raise refusals.refused(
        problem if pointer is None else problem.model_copy(update={"pointer": pointer})
    )


def _note_problem(case: Case, step: str, problem: Problem) -> None:
    case.note(
        EntryKind.STEP, step, message=problem.message, code=problem.code, pointer=problem.pointer
    )
