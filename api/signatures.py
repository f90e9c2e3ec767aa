"""Whether a webhook was signed by Digital River, lately."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from aiohttp import web

from ferryman.digital_river.signature import (
    HEADER,
    SignatureError,
    check_header,
    verify,
)

from .errors import Kind, Problem

# One answer whatever was wrong, so that nobody can feel a way towards a valid signature.
_REFUSED = "The request is not signed as it has to be."


SIGNED = web.RequestKey("signed", bool)

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

    def expect(self, request: web.Request) -> None:
        """Raise the same 401 where no body could make the signature right: it need not be read."""
        try:
            check_header(_header(request), now=self._now(), tolerance=self._tolerance)
        except SignatureError as error:
            raise Problem(Kind.UNAUTHORIZED, _REFUSED) from error

    def check(self, request: web.Request, body: bytes) -> None:
        """Raise the 401 that refuses an unsigned, wrongly signed or stale request."""
        header = _header(request)
        try:
            verify(header, body, self._secrets, now=self._now(), tolerance=self._tolerance)
        except SignatureError as error:
            raise Problem(Kind.UNAUTHORIZED, _REFUSED) from error
        request[SIGNED] = True


def _header(request: web.Request) -> str:
    return ",".join(request.headers.getall(HEADER, []))
