"""Whether today's flow can go on where kept histories stand.

`python -m faults.histories.replaying` prints one JSON line for each history, or for those that are
named: what is wrong with it, or null.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Collection, Iterable
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from workers.worker import WORKFLOWS, sandboxed

from .keeping import kept, name_of, read

_LAST_BREATH = 0.1
"""The SDK aborts a process that ends right after a call."""


async def replay(paths: Iterable[Path]) -> dict[Path, str | None]:
    """Replay histories; by path, why one does not, or None."""
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=sandboxed(),
        data_converter=pydantic_data_converter,
    )
    histories = {path: read(path) for path in paths}
    outcome = await replayer.replay_workflows(
        _each(histories.values()), raise_on_replay_failure=False
    )
    failures = outcome.replay_failures
    return {path: _said(failures.get(history.run_id)) for path, history in histories.items()}


async def _each(histories: Iterable[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    for history in histories:
        yield history


def _said(failure: Exception | None) -> str | None:
    return None if failure is None else f"{type(failure).__name__}: {failure}"


async def _main(names: Collection[str]) -> None:
    wanted = [path for path in kept() if not names or name_of(path) in names]
    for path, failure in (await replay(wanted)).items():
        sys.stdout.write(json.dumps({"history": f"{path.parent.name}/{path.name}", "why": failure}))
        sys.stdout.write("\n")
    await asyncio.sleep(_LAST_BREATH)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
