"""Whether a webhook was signed by Digital River, lately."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from aiohttp import web

from ferryman.digital_river.signature import HEADER, SignatureError, verify

from .errors import Kind, Problem

# One answer whatever was wrong, so that nobody can feel a way towards a valid signature.
_REFUSED = "The request is not signed as it has to be."


Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Give the time of this machine, aware, in UTC."""
    return datetime.now(UTC)


class Signatures:
    """The secrets, any of which may have signed, and the clock that they are judged by."""

    def __init__(
        self,
        secrets: Sequence[str],
        tolerance: timedelta,
        now: Clock = wall_clock,
    ) -> None:
        self._secrets = secrets
        self._tolerance = tolerance
        self._now = now

    def check(self, request: web.Request, body: bytes) -> None:
        """Raise the 401 that refuses an unsigned, wrongly signed or stale request."""
        header = ",".join(request.headers.getall(HEADER, []))
        try:
            verify(header, body, self._secrets, now=self._now(), tolerance=self._tolerance)
        except SignatureError as error:
            raise Problem(Kind.UNAUTHORIZED, _REFUSED) from error
