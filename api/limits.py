"""How much one key may ask for, and how much may be under way: the rest is refused at once."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import Kind, Problem

_BURST_SECONDS = 2
_SHARE = 0.8


@dataclass
class _Caller:
    """What one key has left, and what it has under way."""

    tokens: float
    at: float
    inside: int = 0


class Limits:
    """A bucket of tokens for each key, and room for so many requests of all keys at once.

    One key gets four fifths of the room at most, so that others find some. Only keys that are
    known come here, so there are no more buckets than keys.
    """

    def __init__(
        self, each_second: int, at_once: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`each_second` requests of a key in the long run, twice as many in one burst."""
        self._each_second = each_second
        self._burst = each_second * _BURST_SECONDS
        self._at_once = at_once
        self._share = max(1, math.floor(at_once * _SHARE))
        self._now = now
        self._callers: dict[str, _Caller] = {}
        self._inside = 0

    @contextmanager
    def room_for(self, name: str) -> Iterator[None]:
        """Let one request of this key in; raises a Problem (429) that says when to come again."""
        caller = self._callers.setdefault(name, _Caller(self._burst, self._now()))
        self._spend(caller)
        if self._inside >= self._at_once or caller.inside >= self._share:
            raise _too_many("Too many requests are under way.", 1)
        self._inside += 1
        caller.inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            caller.inside -= 1

    def _spend(self, caller: _Caller) -> None:
        now = self._now()
        earned = (now - caller.at) * self._each_second
        caller.tokens, caller.at = min(self._burst, caller.tokens + earned), now
        if caller.tokens < 1:
            seconds = math.ceil((1 - caller.tokens) / self._each_second)
            raise _too_many(f"This key may ask {self._each_second} times a second.", seconds)
        caller.tokens -= 1


def _too_many(detail: str, seconds: int) -> Problem:
    return Problem(Kind.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(seconds)})
