"""How many workflows are stuck, of each kind that Temporal itself can tell."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError

_OVERDUE = timedelta(minutes=10)
_PARKED = timedelta(hours=1)
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def queries(task_queue: str, now: datetime) -> Mapping[str, str]:
    """The visibility query of each kind, as an operator may give it to the Web UI as well."""
    ours = task_queue.replace("'", "''")
    running = f"TaskQueue = '{ours}' AND ExecutionStatus = 'Running'"
    return {
        # What has called a person is somebody's already: as a review that takes too long.
        "overdue": f"{running} AND WorkflowType = 'Purchase' AND NeedsAttention IS NULL"
        f" AND NextDeadline < '{now - _OVERDUE:{_TIME}}'",
        "flow_failing": f"{running} AND TemporalReportedProblems IS NOT NULL",
        "parked_event": f"{running} AND WorkflowType = 'ParkedEvent'"
        f" AND StartTime < '{now - _PARKED:{_TIME}}'",
        "needs_attention": f"{running} AND NeedsAttention IS NOT NULL",
    }


async def count(client: Client, task_queue: str) -> Mapping[str, int]:
    """Count them; empty where Temporal does not say."""
    asked = queries(task_queue, datetime.now(UTC))
    try:
        found = await asyncio.gather(*(client.count_workflows(each) for each in asked.values()))
    # A client that was never connected raises the second.
    except (RPCError, RuntimeError):
        return {}
    return {kind: each.count for kind, each in zip(asked, found, strict=True)}
