"""The sweep: what Digital River has and nobody has told us is handed on, run after run."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import (
    ActivityError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from activities.sweep import SweepActivities, Sweeping, Swept
    from activities.walk import Walk
    from ferryman.purchase.base import Noun
    from ferryman.purchase.listing import parked_title_of
    from ferryman.purchase.messages import ProviderEvent

from .explaining import table
from .happenings import quoted
from .parked_event import ParkedEvent
from .steps import HEARTBEAT, PATIENT, Activity

# A day less than Digital River remembers an event: what is older it refuses to look for.
FIRST_LOOK = timedelta(days=29)
ONE_RUN = timedelta(minutes=10)
# One list that is away must not keep the other from being looked at: the next sweep waits for it.
LONGEST = timedelta(minutes=15)
MOST_NAMED = 20
_BEGUN = (
    "### Looking\n\nDigital River's lists of events and orders are compared with what we know."
    " A list that is away is left out after 15 minutes; the next sweep goes on from there."
)


class SweepPlan(Noun):
    """How a sweep looks."""

    overlap: timedelta
    """An entry may show up in a list this much later than its time says."""
    grace: timedelta
    """What is younger may be on its way to us."""


class Sweeps(Noun):
    """What has been looked at; the next sweep goes on from here."""

    events: Walk
    orders: Walk
    looked_at: int = 0
    told: int = 0


@workflow.defn(name="Sweep")
class Sweep:
    """Looks for events that went missing and for orders that stand otherwise than we believe."""

    @workflow.run
    async def run(self, plan: SweepPlan) -> Sweeps:
        """Look at both lists from where the last sweep has left them."""
        workflow.set_current_details(_BEGUN)
        last = workflow.get_last_completion_result(Sweeps)
        if last is None:
            beginning = Walk(since=workflow.now() - FIRST_LOOK)
            last = Sweeps(events=beginning, orders=beginning)
        (events, from_events), (orders, from_orders) = await asyncio.gather(
            _tell(_look(SweepActivities.events, plan, last.events, "look for missed events")),
            _tell(_look(SweepActivities.orders, plan, last.orders, "look for differing orders")),
        )
        told = [*from_events, *from_orders]
        workflow.set_current_details(_details(events, orders, told))
        return Sweeps(
            events=events.walk,
            orders=orders.walk,
            looked_at=events.looked_at + orders.looked_at,
            told=len(told),
        )


async def _tell(look: Awaitable[Swept]) -> tuple[Swept, list[ProviderEvent]]:
    """Hand on what a look finds as soon as it is over, whatever the other list does."""
    swept = await look
    found = [*swept.found]
    new = await asyncio.gather(*map(_hand_on, found))
    return swept, [event for event, is_new in zip(found, new, strict=True) if is_new]


async def _look(
    activity: Activity[Sweeping, Swept], plan: SweepPlan, walk: Walk, summary: str
) -> Swept:
    try:
        return await workflow.execute_activity_method(
            activity,
            Sweeping(walk=walk, overlap=plan.overlap, grace=plan.grace),
            start_to_close_timeout=ONE_RUN,
            schedule_to_close_timeout=LONGEST,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=PATIENT,
            summary=summary,
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        workflow.logger.warning("a list was left out: no answer for %s", LONGEST)
        # It may be one page that is refused: new entries stand before it.
        return Swept(walk=Walk(since=walk.since), left_out=f"no answer for {LONGEST}")


async def _hand_on(event: ProviderEvent) -> bool:
    """Have the event find its purchase; False where that has been done before."""
    try:
        _ = await workflow.start_child_workflow(
            ParkedEvent.run,
            event,
            id=f"parked-event/{event.id}",
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=parked_title_of(event),
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


def _details(events: Swept, orders: Swept, told: list[ProviderEvent]) -> str:
    """Markdown for the Web UI."""
    rows = table(("Events", _list(events)), ("Orders", _list(orders)))
    lines = [f"- {quoted(each.name)} of {_order(each)}" for each in told[:MOST_NAMED]]
    more = f"\n\nand {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return (
        f"### {len(told)} handed on\n\nWhat Digital River has and nobody had told us finds its"
        f" purchase by itself, each as `parked-event/…`.\n\n{rows}\n\n" + "\n".join(lines) + more
    )


def _list(swept: Swept) -> str:
    if swept.left_out is not None:
        return f"left out until the next sweep: {swept.left_out}"
    rest = "the next sweep goes on from there" if swept.walk.after is not None else "all there are"
    return f"{swept.looked_at} looked at ({rest}), {len(swept.found)} not known here"


def _order(event: ProviderEvent) -> str:
    return f"order {quoted(event.order_id)}" if event.order_id else "no order"
