"""Asked of every file, log line, metric and answer: whether it says what it must not."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from demo.sources import DECLINED_CARD, GOOD_CARD
from faults.chaos.facts import Facts
from faults.chaos.machine import SANDBOX
from faults.chaos.people import CANARIES, PERSONAL
from faults.chaos.plan import PROCESSES

from .finding import Finding

Wanted = list[tuple[str, bytes]]
"""What something is called, and what it says, in lower case; a name may stand often."""

CODES: Final[Wanted] = [("failure code", b"failed-request"), ("failure code", b"fraud-failure")]

_OVERLAP = 256
_CHUNK = 4 * 1024 * 1024
_TEMPORAL: Final = "temporal.db"
_CLIENT_SECRET = re.compile(rb'"clientsecret": ?"([^"]{8,})"')
_CARDS: Final[Wanted] = [("card number", each.encode()) for each in (GOOD_CARD, DECLINED_CARD)]


def secret(facts: Facts) -> Finding:
    """Secrets are nowhere; personal data is in no log, metric or answer, and not at Temporal.

    Ferryman's own database is left out: it is what the API answers from, in the clear.
    """
    never = [(name, key.lower().encode()) for name, key in vars(facts.keys).items()] + _CARDS
    unsaid = [*never, *PERSONAL.items()]
    answers = b"\n".join(said.body for said in facts.calls).lower()
    unkept = [*never, *CANARIES.items(), *CODES, *_made_up(facts, answers)]
    logs = [facts.place.logs / f"{name}.log" for name in (*PROCESSES, SANDBOX)]
    stored = [file for file in facts.place.data.iterdir() if file.is_file()]
    temporal = [file for file in stored if file.name.startswith(_TEMPORAL)]
    broken = chain(
        _held(logs, [*never, *CANARIES.items()]),
        _held(temporal, unkept),
        _held(set(stored) - set(temporal), never),
        (f"the metrics hold: {one}" for one in _in(facts.books.metrics.lower(), unkept)),
        (f"an answer holds: {one}" for one in _in(answers, unsaid)),
    )
    kinds = len({name for name, _ in unkept})
    size = sum(file.stat().st_size for file in temporal)
    counts = {"kinds of planted words": kinds, "MB of Temporal's files": round(size / 1e6)}
    return Finding("I16", len(logs) + len(stored), "files", tuple(broken), counts)


def _made_up(facts: Facts, answers: bytes) -> Iterator[tuple[str, bytes]]:
    """Find what Digital River has given to each payment."""
    for found in set(_CLIENT_SECRET.findall(answers)):
        yield "client secret", found
    for order in facts.books.ledger.get("orders", ()):
        for source in order.get("payment", {}).get("sources", ()):
            yield "source", source["id"].lower().encode()


def _held(files: Iterable[Path], wanted: Wanted) -> Iterator[str]:
    return (f"{file.name} holds: {one}" for file in sorted(files) for one in _in_file(file, wanted))


def _in(text: bytes, wanted: Wanted) -> Iterator[str]:
    return iter(sorted({name for name, canary in wanted if canary in text}))


def _in_file(file: Path, wanted: Wanted) -> list[str]:
    """Search in pieces, since a log may be large."""
    found: set[str] = set()
    before = b""
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK).lower():
            found.update(_in(before + chunk, wanted))
            before = chunk[-_OVERLAP:]
    return sorted(found)
