"""How refunds and returns tell their purchase: the one at work by a signal, else its record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from activities.after_sale import AfterSaleActivities, Closed, Shown
    from activities.records import RecordActivities, Saving
    from ferryman.purchase.base import Noun
    from ferryman.purchase.listing import after_sale_title_of
    from ferryman.purchase.messages import AfterSale, Hint, ProviderEvent
    from ferryman.purchase.policy import Policy
    from ferryman.purchase.purchase import (
        Refund,
        RefundState,
        Return,
        ReturnState,
        workflow_id,
    )
    from ferryman.purchase.refunds import BeginRefund
    from ferryman.purchase.refunds import workflow_id as refund_workflow_id
    from ferryman.purchase.returns import workflow_id as return_workflow_id

from . import after_sale
from .keeping import until_kept
from .steps import PATIENT

STEP = timedelta(minutes=1)
AT_ONCE = timedelta(seconds=5)
PATIENCE = timedelta(hours=1)
"""So long a purchase may take to show what it was told; then it is told again."""
LOOK = "look"


def later(than: datetime | None = None) -> datetime:
    """Now, as a record keeps it, and after `than`: of two tellings the later one counts."""
    now = workflow.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return now if than is None else max(now, than + timedelta(milliseconds=1))


async def tell(purchase_id: str, order_id: str, told: AfterSale) -> None:
    """Return once the purchase's record shows it."""
    while await signal(workflow_id(purchase_id), "after_sale", told):
        if await _is_shown(purchase_id, told):
            return
    await until_kept(lambda: _keep(purchase_id, order_id, told))


@dataclass(frozen=True)
class Family:
    """A purchase with its refunds and returns."""

    purchase_id: str
    refunds: Iterable[Refund] = ()
    returns: Iterable[Return] = ()
    policy: Policy | None = None


async def pass_on(event: ProviderEvent, family: Family) -> None:
    """Let the refunds and returns that an event is about look at themselves.

    A refund that nobody here has asked for begins to be followed.
    """
    purchase_id = family.purchase_id
    if event.hint is Hint.RESOLVED:
        await _release(family)
    if event.refund_id is not None and event.order_id is not None:
        begin = BeginRefund(
            purchase_id=purchase_id,
            order_id=event.order_id,
            refund_id=event.reference or event.refund_id,
            adopts=event.refund_id,
            policy=family.policy,
        )
        await follow(begin)
    elif event.return_id is not None and event.reference is not None:
        await signal(return_workflow_id(purchase_id, event.reference), LOOK)


async def follow(begin: BeginRefund) -> None:
    """Have a refund followed that Digital River has already; where it is, let it look.

    One whose workflow was ended from outside is taken up again.
    """
    followed = refund_workflow_id(begin.purchase_id, begin.refund_id)
    if await signal(followed, LOOK):
        return
    try:
        _ = await workflow.start_child_workflow(
            "Refund",
            begin,
            id=followed,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=after_sale_title_of("Refund", begin.refund_id, begin.purchase_id),
        )
    except WorkflowAlreadyStartedError:
        # It has come to its end, or began in this moment and has just looked.
        return


async def _release(family: Family) -> None:
    """A dispute is over: what it held may look whether it may go out."""
    held = [
        refund_workflow_id(family.purchase_id, each.refund_id)
        for each in family.refunds
        if each.state is RefundState.HELD
    ]
    held += [
        return_workflow_id(family.purchase_id, each.return_id)
        for each in family.returns
        if each.state is ReturnState.HELD
    ]
    for each in held:
        await signal(each, LOOK)


async def signal(to: str, name: str, *told: Noun | Sequence[Noun]) -> bool:
    """Signal a workflow; False where there is none at work."""
    try:
        await workflow.get_external_workflow_handle(to).signal(name, args=told)
    except (ApplicationError, FailureError) as error:
        if is_cancelled_exception(error):
            raise
        return False
    return True


async def _is_shown(purchase_id: str, told: AfterSale) -> bool:
    now = told.refund or told.returned
    if now is None:
        return True
    asked = Shown(
        purchase_id=purchase_id,
        refund_id=told.refund.refund_id if told.refund else None,
        return_id=told.returned.return_id if told.returned else None,
        updated_time=now.updated_time,
        withdrawn=told.withdrawn,
    )
    at_once = await workflow.execute_local_activity_method(
        AfterSaleActivities.shown,
        asked,
        start_to_close_timeout=AT_ONCE,
        retry_policy=PATIENT,
        summary="see it in the record",
    )
    return at_once or await _is_shown_later(asked.model_copy(update={"patient": True}))


async def _is_shown_later(asked: Shown) -> bool:
    """The purchase may wait for Digital River before it takes what it was told."""
    try:
        return await workflow.execute_activity_method(
            AfterSaleActivities.shown,
            asked,
            start_to_close_timeout=STEP,
            schedule_to_close_timeout=PATIENCE,
            retry_policy=PATIENT,
            summary="see it in the record",
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        return False


async def _keep(purchase_id: str, order_id: str, told: AfterSale) -> bool:
    """The purchase has closed: write its record, unless somebody else was quicker."""
    closed = await workflow.execute_activity_method(
        AfterSaleActivities.closed,
        Closed(purchase_id=purchase_id, order_id=order_id if told.money_moved else None),
        start_to_close_timeout=STEP,
        retry_policy=PATIENT,
        summary="read the record",
    )
    now = workflow.now()
    purchase = after_sale.after(closed, told, now) if closed is not None else None
    if closed is None or purchase is None:
        return True
    return await workflow.execute_activity_method(
        RecordActivities.save_next,
        Saving(purchase=purchase, entries=after_sale.entries(closed, told, now)),
        start_to_close_timeout=STEP,
        retry_policy=PATIENT,
        summary="keep the record",
    )
