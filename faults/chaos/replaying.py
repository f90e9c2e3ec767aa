"""Replays kept histories in a process of its own: `python -m faults.chaos.replaying FOLDER`.

Writes `replayed` there, a JSON line for each: whose it is and why it does not replay, or null. The
SDK's replayer has been seen to stop for ever, once in some thousand histories: a process can be
ended and begun again.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from workers.worker import WORKFLOWS, sandboxed

_TRIES = 3
_LONGEST_SECONDS = 120.0
_LAST_BREATH = 0.1
_ANSWERS = "replayed"


async def replay(folder: Path) -> Mapping[str, str | None]:
    """Replay what `folder` holds; by workflow id, why it does not replay, or None.

    Raises TimeoutError where the replayer stopped for ever three times.
    """
    answers = folder / _ANSWERS
    command = (sys.executable, "-m", __spec__.name, str(folder))
    for _ in range(_TRIES):
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        else:
            lines = map(json.loads, answers.read_text().splitlines())
            return {line["workflow"]: line["why"] for line in lines}
    raise TimeoutError("the SDK's replayer does not come to an end")


async def _main(folder: Path) -> None:
    histories = _read(folder)
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=sandboxed(),
    )
    outcome = await replayer.replay_workflows(_each(histories), raise_on_replay_failure=False)
    failures = outcome.replay_failures
    said = [(one.workflow_id, failures.get(one.run_id)) for one in histories]
    lines = (json.dumps({"workflow": id_, "why": str(why) if why else None}) for id_, why in said)
    (folder / _ANSWERS).write_text("\n".join(lines) + "\n")
    await asyncio.sleep(_LAST_BREATH)


def _read(folder: Path) -> list[WorkflowHistory]:
    kept = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return [WorkflowHistory.from_json(one["workflow"], one["history"]) for one in kept]


async def _each(histories: Sequence[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    for history in histories:
        yield history


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
