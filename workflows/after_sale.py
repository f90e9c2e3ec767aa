"""Refunds and returns, as their own workflows tell them to the purchase."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import AfterSale

from .case import Case
from .decision import look, reread


async def take(case: Case, told: AfterSale) -> None:
    """Show what became of a refund or a return; where money moved, look at the order too."""
    if told.refund is not None:
        case.refunds[told.refund.refund_id] = told.refund
    if told.returned is not None:
        case.returns[told.returned.return_id] = told.returned
    case.note(told.kind, told.name, **told.detail)
    if told.money_moved and case.order_id is not None:
        await look(case, await reread(case, case.order_id))
    else:
        await case.publish()
