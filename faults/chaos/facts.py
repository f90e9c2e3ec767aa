"""Everything that is known when a seed is over, as data: ledgers, logs, histories, deeds."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import dropwhile

from temporalio.client import WorkflowHistory

from demo.http import JSON
from faults.evidence import Evidence

from .hurts import Hurt, Stop
from .journal import Said
from .place import Keys, Place
from .plan import Plan

PARKED = "parked-event/"
_GOOD = range(200, 300)


@dataclass(frozen=True)
class History:
    """One workflow of Temporal's."""

    workflow_id: str
    type: str
    status: str
    history: WorkflowHistory
    """As Temporal keeps it: encrypted."""
    told: frozenset[str] = frozenset()
    """The ids of the provider's events that were signalled to it."""

    @property
    def heard(self) -> frozenset[str]:
        """The ids of the provider's events that were told to it, or that it is about."""
        about = {self.workflow_id.removeprefix(PARKED)} if self.type == "ParkedEvent" else set()
        return self.told | about


def acknowledged(ledger: JSON) -> set[str]:
    """Give the ids of the events that were answered with a 2xx."""
    return {
        record["event"]["id"]
        for record in ledger["events"]
        if any(one["status"] in _GOOD for one in record["deliveries"])
    }


@dataclass(frozen=True)
class Books:
    """What was written down by the sandbox, by Ferryman and by Temporal."""

    ledger: JSON
    """The sandbox's, of all purchases."""
    evidence: Sequence[Evidence] = ()
    histories: Sequence[History] = ()
    metrics: bytes = b""


@dataclass(frozen=True)
class Deeds:
    """What was done to Ferryman, and what it did by itself."""

    hurts: Sequence[Hurt] = ()
    stops: Sequence[Stop] = ()
    deaths: Sequence[str] = ()
    forged: Counter[str] = field(default_factory=Counter)
    forged_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Facts:
    """One seed; times are in seconds since 1970."""

    plan: Plan
    place: Place
    keys: Keys
    began: float
    calls: Sequence[Said]
    books: Books
    deeds: Deeds

    @cached_property
    def kept(self) -> Mapping[str, frozenset[str]]:
        """By event id, the workflows in whose histories it stands."""
        kept: dict[str, set[str]] = defaultdict(set)
        for history in self.books.histories:
            for event_id in history.heard:
                kept[event_id].add(history.workflow_id)
        return {event_id: frozenset(found) for event_id, found in kept.items()}

    @cached_property
    def noted(self) -> frozenset[str]:
        """The ids of events that complete purchases have only in their timelines, after the end."""
        return frozenset(
            entry["detail"]["id"]
            for one in self.books.evidence
            for entry in dropwhile(lambda entry: not _completes(entry), one.timeline)
            if entry["kind"] == "event"
        )

    @cached_property
    def taken(self) -> Mapping[str, int]:
        """By event id, how often purchases have written it into their timelines."""
        taken: Counter[str] = Counter(
            entry["detail"]["id"]
            for one in self.books.evidence
            for entry in one.timeline
            if entry["kind"] == "event"
        )
        return taken


def _completes(entry: JSON) -> bool:
    return bool(entry["kind"] == "state" and entry["name"] == "complete")
