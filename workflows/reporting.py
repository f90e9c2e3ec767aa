"""Telling Digital River of a parcel; where an operator holds it meanwhile, it is called back.

Called back is what has surely not been told: between two tries, and after a settled look that finds
nothing. A try that is out is never torn apart, so that its parcel may still go.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.fulfillments import FulfillmentActivities, FulfillOrder, OrderItem
    from ferryman.purchase.messages import Shipment, ShipmentItem
    from ferryman.purchase.readings import FulfillmentReading
    from ferryman.purchase.timeline import EntryKind

from . import ageing
from .case import Case
from .steps import StepGivenUp


def has_goods(shipment: Shipment) -> bool:
    """True where something leaves, rather than being cancelled only."""
    return any(item.quantity for item in shipment.items)


def order_items(case: Case, items: tuple[ShipmentItem, ...]) -> tuple[OrderItem, ...]:
    """The items under the order's ids."""
    ids = {line.line_id: line.order_item_id for line in case.attempt.lines}
    return tuple(
        OrderItem(
            id=ids[item.line_id] or "",
            quantity=item.quantity,
            cancel_quantity=item.cancel_quantity,
        )
        for item in items
    )


async def tell(case: Case, shipment: Shipment) -> FulfillmentReading | None:
    """What Digital River says to it; None where an operator's hold has called it back."""
    step, attempt = _step(case, shipment), case.attempt
    summary = f"report shipment {shipment.shipment_id}"
    if not has_goods(shipment):
        return await case.move_money(FulfillmentActivities.fulfill, step, summary)
    attempt.leaving = shipment.shipment_id
    try:
        return await case.move_money(
            FulfillmentActivities.fulfill, step, summary, given_up=lambda: case.hold is not None
        )
    except StepGivenUp:
        return await _call_back(case, shipment, step)
    finally:
        attempt.leaving = None


async def _call_back(
    case: Case, shipment: Shipment, step: FulfillOrder
) -> FulfillmentReading | None:
    look = await case.move_money(
        FulfillmentActivities.fulfill,
        # Since it is too late for telling, this only looks, once what was tried has settled.
        step.model_copy(update={"doubtful": True, "not_after": case.created}),
        f"look whether shipment {shipment.shipment_id} has been reported",
    )
    if look.problem is None:
        return look
    case.attempt.called_back.add(shipment.shipment_id)
    case.attempt.held.append(shipment)
    case.note(EntryKind.STEP, "shipment_held", shipmentId=shipment.shipment_id)
    await case.publish()
    return None


def _step(case: Case, shipment: Shipment) -> FulfillOrder:
    return FulfillOrder(
        purchase_id=case.id,
        order_id=case.order_id or "",
        reference=shipment.shipment_id,
        items=order_items(case, shipment.items),
        tracking_company=shipment.tracking_company,
        tracking_number=shipment.tracking_number,
        tracking_url=shipment.tracking_url,
        not_after=ageing.ends(case) if has_goods(shipment) else None,
        doubtful=shipment.shipment_id in case.attempt.called_back,
    )
