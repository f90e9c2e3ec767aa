"""The sweep is scheduled once, however many workers start, and swept by whoever works."""

import asyncio
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from temporalio.client import ScheduleOverlapPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from tests.running.command import ended
from tests.running.river import sandbox
from tests.running.temporal import program
from tests.workers.test_process import running
from workers.schedule import schedule_sweep, sweep_id
from workflows.sweep import SweepPlan, Sweeps

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
POLL_SECONDS = 0.05


@pytest.fixture
async def task_queue(temporal):
    """A queue of its own, whose schedule goes with the test."""
    queue = f"q{uuid.uuid4().hex}"
    yield queue
    with suppress(RPCError):
        await temporal.client.get_schedule_handle(sweep_id(queue)).delete()


async def described(temporal, task_queue):
    """The schedule as Temporal has it, and how it sweeps."""
    shown = await temporal.client.get_schedule_handle(sweep_id(task_queue)).describe()
    plan = await temporal.client.data_converter.decode(shown.schedule.action.args, [SweepPlan])
    return shown, plan[0]


async def test_workers_that_start_together(temporal, task_queue):
    """However many workers start at once, there is one schedule that lets no two sweeps overlap."""
    starts = (
        schedule_sweep(temporal.client, task_queue, interval=15 * MINUTE, settle_time=30 * SECOND)
        for _ in range(5)
    )
    await asyncio.gather(*starts)
    shown, plan = await described(temporal, task_queue)

    assert [15 * MINUTE] == [each.every for each in shown.schedule.spec.intervals]
    assert ScheduleOverlapPolicy.SKIP is shown.schedule.policy.overlap
    assert SweepPlan(overlap=90 * SECOND, grace=MINUTE) == plan
    assert shown.info.last_updated_at is None


async def test_worker_with_another_interval(temporal, task_queue):
    """A worker that is told another interval changes the schedule; a pause stays a pause."""
    client = temporal.client
    await schedule_sweep(client, task_queue, interval=15 * MINUTE, settle_time=30 * SECOND)
    await client.get_schedule_handle(sweep_id(task_queue)).pause(note="looking into it")
    await schedule_sweep(client, task_queue, interval=20 * SECOND, settle_time=SECOND)
    shown, plan = await described(temporal, task_queue)

    assert [20 * SECOND] == [each.every for each in shown.schedule.spec.intervals]
    assert SweepPlan(overlap=21 * SECOND, grace=20 * SECOND) == plan
    assert (True, "looking into it") == (shown.schedule.state.paused, shown.schedule.state.note)


async def test_temporal_without_schedules():
    """Where Temporal has no schedules the log says so, and the worker works without a sweep."""
    environment = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=program("temporal-test-server"),
        data_converter=pydantic_data_converter,
    )
    async with environment:
        with capture_logs() as logs:
            await schedule_sweep(environment.client, "q", interval=MINUTE, settle_time=SECOND)

    assert ["sweep_not_scheduled"] == [line["event"] for line in logs]


async def test_worker_sweeps_as_often_as_it_polls(temporal, task_queue, tmp_path: Path):
    """A worker's process schedules the sweep and carries it out, each going on from the last."""
    told = {
        "FERRYMAN_TASK_QUEUE": task_queue,
        "FERRYMAN_POLL_INTERVAL": "PT1S",
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
    }
    async with (
        sandbox() as url,
        running(tmp_path, DIGITAL_RIVER_BASE_URL=url, **told) as process,
    ):
        results = await two_sweeps(temporal, task_queue)
        process.terminate()
        over = await ended(process)

    assert [0, 0] == [each.told for each in results]
    assert results[0].events.since == results[1].events.since
    swept = [line for line in over.out.splitlines() if '"event": "sweep"' in line]
    assert len(swept) >= 4
    assert 0 == over.code


async def two_sweeps(temporal, task_queue) -> list[Sweeps]:
    """The results of the first two sweeps."""
    handle = temporal.client.get_schedule_handle(sweep_id(task_queue))
    while True:
        with suppress(RPCError):
            actions = (await handle.describe()).info.recent_actions
            if len(actions) >= 2:
                break
        await asyncio.sleep(POLL_SECONDS)
    return [
        await temporal.client.get_workflow_handle(
            each.action.workflow_id, result_type=Sweeps
        ).result()
        for each in actions[:2]
    ]
