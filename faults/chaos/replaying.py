"""Replays kept histories in a process of its own: `python -m faults.chaos.replaying FOLDER`.

Writes `replayed` there, a JSON line for each: whose it is and why it does not replay, or null. The
SDK's replayer has been seen to stop for ever, once in some thousand histories: a process can be
ended and begun again.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from ferryman.records.engine import create_engine
from ferryman.secrecy.converter import data_converter
from ferryman.settings import ProcessSettings
from workers.worker import WORKFLOWS, sandboxed

_TRIES = 3
_LONGEST_SECONDS = 120.0
_LAST_BREATH = 0.1
_ANSWERS = "replayed"
_NAMESPACE = "default"


async def replay(folder: Path, told: Mapping[str, str]) -> Mapping[str, str | None]:
    """Replay what `folder` holds; by workflow id, why it does not replay, or None.

    `told` is what the process has to know to decrypt.

    Raises TimeoutError where the replayer stopped for ever three times.
    """
    answers = folder / _ANSWERS
    command = (sys.executable, "-m", __spec__.name, str(folder))
    for _ in range(_TRIES):
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, env={**os.environ, **told}
        )
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
    histories, settings = _read(folder), ProcessSettings()
    engine = create_engine(settings.database_url.get_secret_value())
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=data_converter(settings, engine),
        # What is encrypted is bound to where it was.
        namespace=_NAMESPACE,
        workflow_runner=sandboxed(),
    )
    outcome = await replayer.replay_workflows(_each(histories), raise_on_replay_failure=False)
    await engine.dispose()
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
