"""Captures that fail: a person is called, nothing more ships, until the money is here after all.

Digital River itself tries again for up to thirty days ("Payment charges"), so that a failure may be
mended without anybody's doing.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase import parcels
    from ferryman.purchase.timeline import EntryKind

from . import wording
from .case import Case


def follow(case: Case) -> None:
    """Name the parcels whose money could not be taken, and those where it was at last."""
    before, now = case.attempt.unpaid, parcels.uncaptured(case.attempt.fulfillments)
    case.attempt.unpaid = now
    for shipment in now:
        if shipment not in before:
            case.note(EntryKind.STEP, "capture_failed", shipmentId=shipment)
    for shipment in before:
        if shipment not in now:
            case.note(EntryKind.STEP, "captured_after_all", shipmentId=shipment)
    case.call_or_dismiss(wording.CAPTURE_FAILED, called=case.attempt.capture_failed)


def stopped(case: Case) -> bool:
    """True where goods that leave now may never be paid for."""
    return case.attempt.capture_failed


def refusal(case: Case) -> str:
    """Why nothing may ship, and what may be done."""
    named = ", ".join(case.attempt.unpaid)
    of = f" of shipment {named}" if named else ""
    return (
        f"the money{of} could not be taken, so that no more goods may leave for this order: wait"
        " until Digital River has it, or cancel what is open"
    )
