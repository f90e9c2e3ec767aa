"""A seed's evidence, in which all is well until a test changes it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.ports import Ports
from faults.chaos.facts import Books, Deeds, Facts
from faults.chaos.journal import Said
from faults.chaos.machine import SANDBOX
from faults.chaos.place import Keys, Place
from faults.chaos.plan import PROCESSES, draw

BEGAN = 1_800_000_000.0
KEYS = Keys(
    provider="sk_test_0123", webhook="whsec_0123", merchant="merchant_0123", encryption="QmFzZTY0"
)
LEDGER = {"requests": [], "events": [], "violations": []}


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """Give a seed in which nobody came and nothing was done."""
    place = Place(Ports(1, 2, 3, 4, 5), (5, 6), tmp_path / "data", tmp_path / "logs")
    for folder in (place.data, place.logs):
        folder.mkdir()
    for name in (*PROCESSES, SANDBOX):
        (place.logs / f"{name}.log").write_text('{"event": "begun", "level": "info"}\n')
    return Facts(draw(1, 75), place, KEYS, BEGAN, (), Books(ledger=LEDGER), Deeds())


def at(seconds: float) -> str:
    """Write a time as the sandbox does, so many seconds after the beginning."""
    return datetime.fromtimestamp(BEGAN + seconds, UTC).isoformat()


def called(
    facts: Facts, seconds: float, status: int | None = 200, *, after: float = 1.0, **more: object
) -> Facts:
    """Add a call of the merchant's that took so many seconds."""
    told = {
        "who": "merchant",
        "method": "POST",
        "path": "/purchases",
        "purchase_id": "p-1",
        **more,
    }
    said = Said(began=BEGAN + after, seconds=seconds, status=status, **told)
    return replace(facts, calls=[*facts.calls, said])


def requested(facts: Facts, *begins: float, **more: object) -> Facts:
    """Add calls to Digital River that began then and took no time."""
    told = {"method": "GET", "path": "/orders", "status": 200, "fault": None, "durationMs": 0.0}
    entries = [{**told, "time": at(one), **more} for one in begins]
    ledger = {**facts.books.ledger, "requests": [*facts.books.ledger["requests"], *entries]}
    return replace(facts, books=replace(facts.books, ledger=ledger))


def delivered(facts: Facts, event_id: str, status: int | str, seconds: float = 0.1) -> Facts:
    """Add an event and its one delivery."""
    delivery = {"time": at(10), "status": status, "attempt": 1, "durationMs": seconds * 1000}
    record = {"event": {"id": event_id}, "deliveries": [delivery], "state": "delivered"}
    ledger = {**facts.books.ledger, "events": [*facts.books.ledger["events"], record]}
    return replace(facts, books=replace(facts.books, ledger=ledger))


def done(facts: Facts, **deeds: object) -> Facts:
    """Change what was done to Ferryman."""
    return replace(facts, deeds=replace(facts.deeds, **deeds))


def counted(*names: str) -> Counter[str]:
    """Count."""
    return Counter(names)
