"""What goes wrong on the way to Digital River and back: shares of calls and of events."""

from typing import Final

from demo.http import JSON, Http

_ALWAYS = 0
"""`times` of a fault that never ends."""


def _fault(kind: str, probability: float, **more: object) -> JSON:
    return {"kind": kind, "probability": probability, "times": _ALWAYS, **more}


def _late(path: str) -> list[JSON]:
    """A fifth of these calls answer with an error and are carried out 3 to 6 s later.

    Later than a caller's timeout and first pause together, or it would never show.
    """
    answers: list[JSON] = [{}, {"status": 503}]
    return [
        _fault("late_commit", 0.054, method="POST", path=path, delay=f"PT{delay}S", **answer)
        for delay, answer in zip((3, 4, 5, 6), answers * 2, strict=True)
    ]


CALLS: Final[tuple[JSON, ...]] = (
    *_late("/orders"),
    *_late("/fulfillments"),
    _fault("late_commit", 0.02, delay="PT3S"),
    _fault("status", 0.045, status=500),
    _fault("status", 0.045, status=503),
    # Each silences everybody for its time: more of them, and nothing else would happen.
    _fault("status", 0.003, status=429, retryAfter=1),
    _fault("status", 0.0015, status=429, retryAfter=2),
    _fault("status_after", 0.075, status=502),
    _fault("reset_before", 0.075),
    _fault("reset_after", 0.075),
    _fault("timeout_after", 0.035, delay="PT3S"),
    _fault("latency", 0.05, delay="PT0.8S"),
    _fault("wrong_body", 0.06),
)
"""Four of ten calls."""

BLACKOUT: Final[tuple[JSON, ...]] = (
    _fault("reset_before", 0.5),
    _fault("status", 1.0, status=503),
)

EVENTS: Final[tuple[JSON, ...]] = (
    {"action": "drop", "probability": 0.06},
    {"action": "duplicate", "copies": 2, "probability": 0.25},
    *({"action": "delay", "by": f"PT{by}S", "probability": 0.026} for by in (3, 4, 5, 6)),
    {"action": "shuffle", "window": "PT1S"},
)
"""6% lost, a quarter sent twice, a tenth 3 to 7 s late, all of them in no order."""


async def storm(sandbox: Http) -> None:
    """Spoil calls and events from now on."""
    await _set(sandbox, CALLS)
    for rule in EVENTS:
        await sandbox.send("POST", "/_sandbox/event-rules", rule)


async def black_out(sandbox: Http) -> None:
    """Let every call fail."""
    await _set(sandbox, BLACKOUT)


async def lift(sandbox: Http) -> None:
    """Go back from the blackout to the storm."""
    await _set(sandbox, CALLS)


async def calm(sandbox: Http) -> None:
    """Spoil nothing any more."""
    await _set(sandbox, ())
    await sandbox.send("DELETE", "/_sandbox/event-rules", {})


async def _set(sandbox: Http, faults: tuple[JSON, ...]) -> None:
    await sandbox.send("DELETE", "/_sandbox/faults", {})
    for fault in faults:
        await sandbox.send("POST", "/_sandbox/faults", fault)
