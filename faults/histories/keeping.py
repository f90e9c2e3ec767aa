"""Where histories are kept, and how: one compressed file each, a folder for every version."""

import gzip
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

ROOT = Path(__file__).parents[2]
HISTORIES = ROOT / "tests" / "replay" / "histories"
_SUFFIX = ".json.gz"
# They name the folders of the machine that ran, and a replay does not look at them.
_DROPPED = frozenset({"stackTrace"})


def version() -> str:
    """The version that is being worked on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def keep(folder: Path, name: str, history: WorkflowHistory) -> None:
    """Write a history; the same one gives the same bytes."""
    document = {"id": history.workflow_id, "history": _told(json.loads(history.to_json()))}
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}{_SUFFIX}").write_bytes(gzip.compress(text.encode(), mtime=0))


def kept(folder: Path = HISTORIES) -> Iterator[Path]:
    """All histories below the folder, in order."""
    yield from sorted(folder.rglob(f"*{_SUFFIX}"))


def name_of(path: Path) -> str:
    """What a history is kept for."""
    return path.name.removesuffix(_SUFFIX)


def read(path: Path) -> WorkflowHistory:
    """Read a history as it was kept."""
    document = json.loads(gzip.decompress(path.read_bytes()))
    return WorkflowHistory.from_json(document["id"], document["history"])


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _told(each) for key, each in value.items() if key not in _DROPPED}
    if isinstance(value, list):
        return [_told(each) for each in value]
    return value
