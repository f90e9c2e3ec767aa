"""Asked of the events: those that were acknowledged and those that should not have been."""

from faults.chaos.facts import Facts, acknowledged
from faults.chaos.forger import REPLAY

from .finding import Finding

_GOOD = range(200, 300)


def kept(facts: Facts) -> Finding:
    """What was acknowledged is in a history, or after the end; no timeline tells of it twice."""
    taken = acknowledged(facts.books.ledger)
    lost = sorted(taken - facts.kept.keys() - facts.noted)
    twice = sorted(event_id for event_id, count in facts.taken.items() if count > 1)
    broken = (
        *(f"event {event_id} was acknowledged and is in no history" for event_id in lost),
        *(f"event {event_id} was heard {facts.taken[event_id]} times" for event_id in twice),
    )
    return Finding("I9", len(taken), "acknowledged events", broken)


def authentic(facts: Facts) -> Finding:
    """What Digital River has not sent, or not now, is refused and leaves no trace."""
    forged = [said for said in facts.calls if said.who == "forger" and said.note != REPLAY]
    answered = [said for said in forged if said.status is not None]
    traces = facts.deeds.forged_ids & (facts.kept.keys() | facts.taken.keys())
    broken = (
        *(f"a forgery ({one.note}) was answered {one.status}" for one in answered if _in(one)),
        *(f"the forged event {event_id} is in a history or timeline" for event_id in traces),
    )
    return Finding("I11", len(answered), "forgeries answered", broken)


def _in(said: object) -> bool:
    return getattr(said, "status", None) in _GOOD
