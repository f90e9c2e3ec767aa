"""Replays kept histories in processes of their own: `python -m faults.chaos.replaying FOLDER 0`.

Each takes a share of them and writes its answer there, a JSON line for a history: whose it is and
why it does not replay, or null. The SDK's replayer has been seen to stop for ever, once in some
thousand histories: a process can be ended and begun again.
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
_SHARES = 2
"""A process for each core of a small machine."""
_LONGEST_SECONDS = 120.0
_LAST_BREATH = 0.1
_NAMESPACE = "default"


async def replay(folder: Path, told: Mapping[str, str]) -> Mapping[str, str | None]:
    """Replay what `folder` holds; by workflow id, why it does not replay, or None.

    `told` is what the process has to know to decrypt.

    Raises TimeoutError where the replayer stopped for ever three times.
    """
    shares = await asyncio.gather(*(_share(folder, told, share) for share in range(_SHARES)))
    return {workflow: why for share in shares for workflow, why in share.items()}


async def _share(folder: Path, told: Mapping[str, str], share: int) -> Mapping[str, str | None]:
    command = (sys.executable, "-m", __spec__.name, str(folder), str(share))
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
            lines = map(json.loads, _answers(folder, share).read_text().splitlines())
            return {line["workflow"]: line["why"] for line in lines}
    raise TimeoutError("the SDK's replayer does not come to an end")


def _answers(folder: Path, share: int) -> Path:
    return folder / f"replayed-{share}"


async def _main(folder: Path, share: int) -> None:
    histories, settings = _read(folder, share), ProcessSettings()
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
    _answers(folder, share).write_text("".join(f"{line}\n" for line in lines))
    await asyncio.sleep(_LAST_BREATH)


def _read(folder: Path, share: int) -> list[WorkflowHistory]:
    paths = sorted(folder.glob("*.json"))[share::_SHARES]
    kept = [json.loads(path.read_text()) for path in paths]
    return [WorkflowHistory.from_json(one["workflow"], one["history"]) for one in kept]


async def _each(histories: Sequence[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    for history in histories:
        yield history


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), int(sys.argv[2])))
