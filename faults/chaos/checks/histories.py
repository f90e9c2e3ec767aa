"""Asked of Temporal's histories: whether today's code would have done the same."""

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from faults.chaos.facts import Facts
from faults.histories.replaying import WORKFLOWS
from workers.worker import sandboxed

from .finding import Finding


async def replayed(facts: Facts) -> Finding:
    """Replay every history."""
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=sandboxed(),
    )
    broken = []
    for one in facts.books.histories:
        result = await replayer.replay_workflow(one.history, raise_on_replay_failure=False)
        if result.replay_failure is not None:
            broken.append(f"{one.workflow_id}: {result.replay_failure}")
    return Finding("I17", len(facts.books.histories), "histories", tuple(broken))
