"""Lines that are not physical: delivered by the merchant at once, and reported by ourselves.

Only where `FERRYMAN_DIGITAL_DELIVERY` says so. They go as one shipment, `digital`, which is
reported once like any other; what the merchant reports of them later is known already.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import Shipment, ShipmentItem
    from ferryman.purchase.parcels import DIGITAL

from . import fulfillment
from .case import Case
from .decision import look, reread


async def deliver(case: Case) -> None:
    """Report what is open of the digital lines of an order that has just been accepted."""
    attempt = case.attempt
    if case.policy.digital_delivery != "automatic" or attempt.delivered or not _may_leave(case):
        return
    if case.order_id is not None and any(line.physical is None for line in attempt.lines):
        # The answer to `POST /orders` does not say; the expanded order does.
        await look(case, await reread(case, case.order_id))
    items = tuple(
        ShipmentItem(line_id=line.line_id, quantity=line.open)
        for line in attempt.lines
        if line.physical is False and line.open and line.order_item_id is not None
    )
    if case.attempt is not attempt or not _may_leave(case):
        return
    attempt.delivered = True
    if items:
        await fulfillment.report(case, Shipment(shipment_id=DIGITAL, items=items))


def _may_leave(case: Case) -> bool:
    return case.hold is None and not case.wishes and fulfillment.stands_accepted(case)
