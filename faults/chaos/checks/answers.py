"""Asked of the client log: what Ferryman's callers got to see, and how soon."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from faults.chaos.facts import Facts
from faults.chaos.forger import PATH, REPLAY
from faults.chaos.journal import Said

from .finding import Finding

WEBHOOK_SECONDS = 2.0
API_SECONDS = 9.0
_GOOD = range(200, 300)
_OUR_FAULT = set(range(500, 600)) - {503}
_ENDLESS = "TimeoutError"
_CORE = "temporal.core"
"""Tells of Temporal's own deaths, which no client causes."""


def idempotent(facts: Facts) -> Finding:
    """Each key has one workflow and one 201; another body is never taken."""
    bodies: dict[str, set[bytes]] = defaultdict(set)
    other: dict[str, list[int]] = defaultdict(list)
    for said in facts.calls:
        if said.key and said.status == HTTPStatus.CREATED:
            bodies[said.key].add(said.body)
        if said.key and said.other_body and said.status is not None:
            other[said.key].append(said.status)
    runs = {one.purchase_id: len(one.runs) for one in facts.books.evidence}
    broken = (
        *(
            f"{key}: {len(found)} different answers"
            for key, found in bodies.items()
            if len(found) > 1
        ),
        *(f"{key}: another body was answered {status}" for key, status in _taken(other)),
        *(f"{one}: {count} workflows of one key" for one, count in runs.items() if count != 1),
    )
    return Finding("I13", len(facts.books.evidence), "keys", broken)


def _taken(other: dict[str, list[int]]) -> Iterator[tuple[str, int]]:
    return ((key, status) for key, found in other.items() for status in found if status in _GOOD)


def soon(facts: Facts) -> Finding:
    """Answers come in time; while the API itself was frozen no time counts."""
    answers = [*_own(facts), *_deliveries(facts)]
    frozen = [one for one in facts.deeds.hurts if (one.process, one.kind) == ("api", "freeze")]
    for one in answers:
        one.seconds -= sum(hurt.overlap(one.began, one.began + one.seconds) for hurt in frozen)
    broken = tuple(
        f"{one.what} took {one.seconds:.2f} s at {one.began - facts.began:.1f} s"
        for one in answers
        if one.seconds > one.limit
    )
    slowest = {
        name: max((one.seconds for one in answers if one.limit == limit), default=0.0)
        for name, limit in (("webhook", WEBHOOK_SECONDS), ("call", API_SECONDS))
    }
    return Finding("I15", len(answers), "answers", broken, slowest=slowest)


@dataclass
class _Timed:
    """One answer, or none in time."""

    what: str
    limit: float
    began: float
    seconds: float


def _own(facts: Facts) -> Iterator[_Timed]:
    for said in facts.calls:
        if said.status is not None or said.note.endswith(_ENDLESS):
            limit = WEBHOOK_SECONDS if said.path == PATH else API_SECONDS
            what = f"{said.method} {said.path} ({said.status or said.note})"
            yield _Timed(what, limit, said.began, said.seconds)


def _deliveries(facts: Facts) -> Iterator[_Timed]:
    for record in facts.books.ledger["events"]:
        for one in record["deliveries"]:
            if one["status"] == "timeout" or isinstance(one["status"], int):
                seconds = float(one["durationMs"]) / 1000
                began = datetime.fromisoformat(one["time"]).timestamp() - seconds
                what = f"the webhook {record['event']['id']} ({one['status']})"
                yield _Timed(what, WEBHOOK_SECONDS, began, seconds)


def clean(facts: Facts) -> Finding:
    """Nothing is answered by a 5xx but 503; the API logs no error; processes end only when told."""
    answers = [said for said in facts.calls if said.status is not None]
    stops = facts.deeds.stops
    broken = (
        *(_told(said) for said in answers if _is_our_fault(said.status)),
        *(
            f"the webhook {record['event']['id']} was answered {one['status']}"
            for record in facts.books.ledger["events"]
            for one in record["deliveries"]
            if _is_our_fault(one["status"])
        ),
        *(f"a replayed event was answered {said.status}" for said in answers if _is_refused(said)),
        *_errors(facts),
        *facts.deeds.deaths,
        *(
            f"{stop.process} ended with {stop.code} after {stop.seconds:.1f} s when told to"
            for stop in stops
            if not stop.in_good_order
        ),
        *(f"the sandbox broke its own schema: {one}" for one in facts.books.ledger["violations"]),
    )
    return Finding("I19", len(answers) + len(stops), "answers and ends", broken)


def _is_our_fault(status: object) -> bool:
    return isinstance(status, int) and status in _OUR_FAULT


def _is_refused(said: Said) -> bool:
    return said.note == REPLAY and said.status not in {202, 503}


def _told(said: Said) -> str:
    return f"{said.purchase_id}: {said.method} {said.path} was answered {said.status}"


def _errors(facts: Facts) -> Iterator[str]:
    with (facts.place.logs / "api.log").open("rb") as lines:
        for line in lines:
            if b'"level": "error"' in line or b'"level": "critical"' in line:
                entry = json.loads(line)
                if not str(entry.get("logger")).startswith(_CORE):
                    yield f"the API logged: {entry['event']} {entry.get('exception', '')[-300:]}"
