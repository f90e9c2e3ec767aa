"""The schedule that starts a sweep every so often, the same for all workers of a task queue."""

from dataclasses import replace
from datetime import timedelta

import structlog
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from workflows.sweep import Sweep, SweepPlan

LONGEST_GRACE = timedelta(minutes=1)
# Temporal's own.
SHORTEST_INTERVAL = timedelta(seconds=1)
SHORTEST_CATCHUP = timedelta(minutes=1)
_NEVER = frozenset({RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED})

log = structlog.get_logger(__name__)


def sweep_id(task_queue: str) -> str:
    """The schedule's id, and how its workflows' ids begin."""
    return f"sweep/{task_queue}"


async def schedule_sweep(
    client: Client, task_queue: str, *, interval: timedelta, settle_time: timedelta
) -> None:
    """Create the schedule, or change it where the interval or the plan is another now.

    Several workers may do so at once, and a pause by an operator stays. A Temporal that lets us
    have no schedule is told of in the log. Raises RPCError where it cannot be reached.
    """
    schedule = _schedule(task_queue, interval, settle_time)
    try:
        await _create_or_change(client, sweep_id(task_queue), schedule)
    except RPCError as error:
        if error.status not in _NEVER:
            raise
        log.warning("sweep_not_scheduled", cause=error.message)


async def _create_or_change(client: Client, schedule_id: str, schedule: Schedule) -> None:
    try:
        await client.create_schedule(schedule_id, schedule)
    except ScheduleAlreadyRunningError:
        handle = client.get_schedule_handle(schedule_id)
        await handle.update(lambda known: _change(client, known, schedule))


async def _change(
    client: Client, known: ScheduleUpdateInput, wanted: Schedule
) -> ScheduleUpdate | None:
    there = known.description.schedule
    if await _told(client, there) == await _told(client, wanted):
        return None
    return ScheduleUpdate(schedule=replace(wanted, state=there.state))


async def _told(client: Client, schedule: Schedule) -> tuple[list[timedelta], list[bytes]]:
    """What may change about it; encrypted it would be another each time."""
    action = schedule.action
    arguments = action.args if isinstance(action, ScheduleActionStartWorkflow) else []
    clear = [
        await _decrypted(client, each)
        if isinstance(each, Payload)
        else client.data_converter.payload_converter.to_payload(each)
        for each in arguments
    ]
    return [each.every for each in schedule.spec.intervals], [each.data for each in clear]


async def _decrypted(client: Client, payload: Payload) -> Payload:
    codec = client.data_converter.payload_codec
    return payload if codec is None else (await codec.decode([payload]))[0]


def _schedule(task_queue: str, interval: timedelta, settle_time: timedelta) -> Schedule:
    every = max(interval, SHORTEST_INTERVAL)
    grace = min(LONGEST_GRACE, interval)
    return Schedule(
        action=ScheduleActionStartWorkflow(
            Sweep.run,
            SweepPlan(overlap=grace + settle_time, grace=grace),
            id=sweep_id(task_queue),
            task_queue=task_queue,
            static_summary="What Digital River has and nobody has told us",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP,
            # One sweep makes up for all that were missed.
            catchup_window=max(every, SHORTEST_CATCHUP),
        ),
    )
