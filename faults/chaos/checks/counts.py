"""Counts what was done and what came of it, so that nothing passes by doing nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence

from demo.http import JSON
from faults.chaos.facts import Facts
from faults.chaos.plan import PROCESSES, WORKERS

from .finding import Finding

FAULTS = (
    "5xx before the commit",
    "5xx after the commit",
    "429",
    "reset before the commit",
    "reset after the commit",
    "timeout after the commit",
    "late commit",
    "slow",
    "wrong body",
    "404 of a used-up checkout",
)
OUTCOMES = (
    "complete",
    "blocked",
    "expired",
    "cancelled (customer)",
    "cancelled (payment_window_closed)",
    "cancelled (charge_failed)",
)
WEBHOOKS = ("never sent", "sent more than once", "tried again")
FORGERIES = ("altered", "from the future", "replay", "stale", "unsigned", "wrong secret")
_KINDS = {
    "status_after": "5xx after the commit",
    "reset_before": "reset before the commit",
    "reset_after": "reset after the commit",
    "timeout_after": "timeout after the commit",
    "late_commit": "late commit",
    "latency": "slow",
    "wrong_body": "wrong body",
}
_TOO_MANY, _NOT_FOUND = 429, 404
_LEAST_FAULTS, _LEAST_KILLS, _LEAST_OUTCOMES = 5, 3, 1
_LEAST_FREEZES, _LEAST_STOPS = 3, 1


def faults(facts: Facts) -> Counter[str]:
    """Count the provider's faults by kind."""
    return Counter(filter(None, map(_fault, facts.books.ledger["requests"])))


def kills(facts: Facts) -> Counter[str]:
    """Count what was done to processes, by process and kind."""
    return Counter(f"{hurt.process} {hurt.kind}" for hurt in facts.deeds.hurts)


def outcomes(facts: Facts) -> Counter[str]:
    """Count how the purchases ended."""
    return Counter(_outcome(one.purchase) for one in facts.books.evidence)


def webhooks(facts: Facts) -> Counter[str]:
    """Count the events and what became of them on their way."""
    events = facts.books.ledger["events"]
    deliveries = [one for record in events for one in record["deliveries"]]
    return Counter(
        {
            "events": len(events),
            "deliveries": len(deliveries),
            "never sent": sum(record["state"] == "dropped" for record in events),
            "sent more than once": sum(
                sum(one["attempt"] == 1 for one in record["deliveries"]) > 1 for record in events
            ),
            "tried again": sum(one["attempt"] > 1 for one in deliveries),
            "given up": sum(record["state"] == "failed" for record in events),
        }
    )


def happened(all_facts: Sequence[Facts]) -> Finding:
    """Every kind of fault, blow and outcome has been there, over all seeds together."""
    wanted = (*_wanted_faults(all_facts), *_wanted_blows(all_facts))
    broken = (
        *(f"{kind}: {found} times only" for kind, found, least in wanted if found < least),
        *_missing(all_facts),
    )
    counted = len(wanted) + len(OUTCOMES)
    return Finding("I20", counted, "kinds", broken)


def _wanted_faults(all_facts: Sequence[Facts]) -> Iterator[tuple[str, int, int]]:
    """By kind: how often it was and should at least have been."""
    found = sum((faults(each) + webhooks(each) for each in all_facts), Counter())
    found += sum((each.deeds.forged for each in all_facts), Counter())
    return ((kind, found[kind], _LEAST_FAULTS) for kind in (*FAULTS, *WEBHOOKS, *FORGERIES))


def _wanted_blows(all_facts: Sequence[Facts]) -> Iterator[tuple[str, int, int]]:
    found = sum(map(kills, all_facts), Counter())
    for process in PROCESSES:
        yield f"{process} kill", found[f"{process} kill"], _LEAST_KILLS
        yield f"{process} terminate", found[f"{process} terminate"], _LEAST_STOPS
    frozen = sum(count for blow, count in found.items() if blow.endswith(" freeze"))
    yield "freezes", frozen, _LEAST_FREEZES


def _missing(all_facts: Sequence[Facts]) -> Iterator[str]:
    found = sum(map(outcomes, all_facts), Counter())
    for outcome in OUTCOMES:
        if found[outcome] < _LEAST_OUTCOMES:
            yield f"no purchase ended {outcome}"


def _fault(request: JSON) -> str | None:
    kind, status = request["fault"], request["status"]
    if kind is None:
        used_up = (request["method"], request["path"], status) == ("POST", "/orders", _NOT_FOUND)
        return "404 of a used-up checkout" if used_up else None
    if kind == "status":
        return "429" if status == _TOO_MANY else "5xx before the commit"
    return _KINDS[kind]


def _outcome(purchase: JSON) -> str:
    reason = purchase.get("reason")
    return f"{purchase.get('state')} ({reason})" if reason else str(purchase.get("state"))


def killed(facts: Facts) -> int:
    """Count the processes that were ended by SIGKILL."""
    return sum(hurt.kind == "kill" for hurt in facts.deeds.hurts)


def worker_kills(facts: Facts) -> int:
    """Count those of them that were workers."""
    return sum(hurt.kind == "kill" and hurt.process in WORKERS for hurt in facts.deeds.hurts)
