"""Who may call, and how often (API structure, Rate limiting)."""

import hmac
import math
import time
from collections import deque
from collections.abc import Mapping

from .errors import refuse

_ACCEPTED = ("*/*", "application/*", "application/json")


def check_admission(headers: Mapping[str, str], api_key: str) -> None:
    """Refuse a call without the secret key, or one that does not want JSON."""
    given = headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {api_key}".encode()):
        raise refuse(401, None, "An authorization error has occurred.")
    wanted = headers.get("Accept", "*/*")
    kinds = [kind.split(";")[0].strip().lower() for kind in wanted.split(",")]
    if not any(kind in _ACCEPTED for kind in kinds):
        raise refuse(406, "not_acceptable", "The requested representation is not available.")


class RateLimit:
    """Counts the calls of the last second; 0 allows any number."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._calls: deque[float] = deque()

    def wait(self) -> int | None:
        """Count a call, or give the whole seconds to wait where it is one too many."""
        if not self._per_second:
            return None
        now = time.monotonic()
        while self._calls and self._calls[0] <= now - 1:
            self._calls.popleft()
        if len(self._calls) >= self._per_second:
            return math.ceil(self._calls[0] + 1 - now) or 1
        self._calls.append(now)
        return None
