"""Who is signed in: random ids for a while, so that no browser ever keeps a token."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable

from .auditors import Auditor

_BYTES = 32
_MOST = 1_000


class Sessions:
    """The sessions of this process, which end with it; of their ids only the hash is kept.

    A browser sends cookies to every port of a host: what it sends there is worth little.
    """

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self._seconds = seconds
        self._now = now
        self._known: OrderedDict[bytes, tuple[float, Auditor]] = OrderedDict()

    def begin(self, auditor: Auditor) -> str:
        """Give the id of a new session; the oldest one ends where there are too many."""
        self._end_the_old()
        name = secrets.token_urlsafe(_BYTES)
        self._known[_digest(name)] = (self._now() + self._seconds, auditor)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return name

    def get(self, name: str) -> Auditor | None:
        """Whose session it is; None where it has ended."""
        self._end_the_old()
        known = self._known.get(_digest(name))
        return known and known[1]

    def end(self, name: str) -> None:
        """End a session, wherever its id may still lie."""
        self._known.pop(_digest(name), None)

    def _end_the_old(self) -> None:
        while self._known and next(iter(self._known.values()))[0] <= self._now():
            self._known.popitem(last=False)


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
