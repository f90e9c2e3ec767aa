"""Asked of both ledgers, purchase by purchase."""

from collections.abc import Iterator

from faults.chaos.facts import Facts
from faults.evidence import Evidence
from faults.invariants import INVARIANTS

from .finding import Finding

_LOST = frozenset({"dropped", "failed"})
_ENDED_BADLY = frozenset({"FAILED", "TERMINATED", "TIMED_OUT", "CANCELED"})


def purchases(facts: Facts) -> Iterator[Finding]:
    """Check each purchase by itself."""
    for name, check in INVARIANTS.items():
        broken = tuple(
            f"{one.purchase_id}: {sentence}"
            for one in facts.books.evidence
            for sentence in check(one)
        )
        if name == "I1":
            broken += tuple(_others_unended(facts))
        yield Finding(name, len(facts.books.evidence), "purchases", broken)


def _others_unended(facts: Facts) -> Iterator[str]:
    """Tell of workflows beside the purchases that failed, or wait for somebody still."""
    for one in facts.books.histories:
        waits = one.type == "ParkedEvent" and one.status == "RUNNING"
        if one.type != "Purchase" and (waits or one.status in _ENDED_BADLY):
            yield f"{one.workflow_id} is {one.status}"


def losses(facts: Facts) -> Finding:
    """Check the purchases of which an event was never taken."""
    lost = [one for one in facts.books.evidence if _has_lost(one)]
    broken = tuple(
        f"{one.purchase_id}: {sentence}"
        for one in lost
        for name in ("I1", "I8")
        for sentence in INVARIANTS[name](one)
    )
    return Finding("I10", len(lost), "purchases with lost events", broken)


def _has_lost(evidence: Evidence) -> bool:
    return any(record["state"] in _LOST for record in evidence.ledger["events"])
