"""Asked of every file, log line, metric and answer: whether it says what it must not."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from faults.chaos.facts import Facts
from faults.chaos.machine import SANDBOX
from faults.chaos.people import CANARIES
from faults.chaos.plan import PROCESSES

from .finding import Finding

_OVERLAP = 256
_CHUNK = 4 * 1024 * 1024
_TEMPORAL: Final = "temporal.db"


def secret(facts: Facts) -> Finding:
    """Secrets are nowhere; personal data is in no log, metric or answer."""
    keys = {name: value.encode() for name, value in vars(facts.keys).items()}
    logs = [facts.place.logs / f"{name}.log" for name in (*PROCESSES, SANDBOX)]
    stored = [file for file in facts.place.data.iterdir() if file.is_file()]
    answers = b"\n".join(said.body for said in facts.calls).lower()
    broken = (
        *(_told(file, found) for file in logs for found in _in_file(file, {**keys, **CANARIES})),
        *(_told(file, found) for file in stored for found in _in_file(file, keys)),
        *(
            f"the metrics hold: {one}"
            for one in _in(facts.books.metrics.lower(), {**keys, **CANARIES})
        ),
        *(f"an answer holds: {one}" for one in _in(answers, {**keys, **CANARIES})),
    )
    clear = sorted({one for file in stored for one in _in_file(file, CANARIES)})
    where = sorted({file.name for file in stored if any(_in_file(file, CANARIES))})
    remark = f"not claimed: {', '.join(clear)} in the clear in {', '.join(where)}" if clear else ""
    return Finding("I16", len(logs) + len(stored), "files", broken, remark=remark)


def _told(file: Path, found: str) -> str:
    return f"{file.name} holds: {found}"


def _in(text: bytes, wanted: Mapping[str, bytes]) -> Iterator[str]:
    return (name for name, canary in wanted.items() if canary in text)


def _in_file(file: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """Search in pieces, since a log may be large."""
    found: set[str] = set()
    before = b""
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK).lower():
            found.update(_in(before + chunk, wanted))
            before = chunk[-_OVERLAP:]
    return sorted(found)
