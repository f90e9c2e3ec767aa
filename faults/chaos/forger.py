"""Sends what Digital River has not sent, or not now: forged, altered, stale and repeated events."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

import aiohttp

from demo.http import JSON
from ferryman.digital_river.signature import HEADER, sign

from .journal import Journal, Said
from .merchant import written

EACH_SECOND = 3.0
PATH: Final = "/webhooks/digital-river"
REPLAY: Final = "replay"
"""The one kind that has to be taken, and must change nothing."""

_INVENTED: Final[JSON] = {
    "id": "invented",
    "type": "order.accepted",
    "data": {"object": {"id": "9999999990336", "upstreamId": "nobodys", "state": "accepted"}},
    "liveMode": False,
    "createdTime": "2026-11-01T12:00:00.000000Z",
}
"""What an event looks like, for as long as none has been seen."""

_OFF_SECONDS = 600
_MILLISECONDS = 1000


class Forger:
    """Knows an address, how events look, and, for some tricks, the secret itself."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base: str,
        secret: str,
        journal: Journal,
        seed: int,
        each_second: float = EACH_SECOND,
    ) -> None:
        self._session = session
        self._url = base + PATH
        self._secret = secret
        self._journal = journal
        self._each_second = each_second
        self._random = Random(seed)  # noqa: S311 - repeatable, guards nothing
        self.genuine: list[JSON] = []
        """Events that were really sent, to be taken for models."""
        self.sent: Counter[str] = Counter()
        self.forged_ids: set[str] = set()

    async def forge(self) -> None:
        """Go on until cancelled."""
        tricks = self._tricks()
        async with asyncio.TaskGroup() as group:
            while True:
                kind = self._random.choice(list(tricks))
                if self.genuine or kind != REPLAY:
                    model = self._random.choice(self.genuine or [_INVENTED])
                    group.create_task(self._send(kind, *tricks[kind](model)))
                await asyncio.sleep(self._random.expovariate(self._each_second))

    def _tricks(self) -> Mapping[str, Callable[[JSON], tuple[bytes, str | None]]]:
        return {
            "unsigned": lambda model: (self._false(model), None),
            "wrong secret": lambda model: self._signed(self._false(model), secret="guessed" * 6),
            "altered": self._altered,
            "stale": lambda model: self._signed(self._false(model), off=-_OFF_SECONDS),
            "from the future": lambda model: self._signed(self._false(model), off=_OFF_SECONDS),
            REPLAY: lambda model: self._signed(written(model)),
        }

    def _false(self, model: JSON) -> bytes:
        """Write an event that would release an order, under an id that nobody has given."""
        identity = f"forged-{uuid.uuid4()}"
        self.forged_ids.add(identity)
        return written({**model, "id": identity, "type": "order.accepted"})

    def _altered(self, model: JSON) -> tuple[bytes, str | None]:
        """Change the body of a request that was signed."""
        _, header = self._signed(written(model))
        return self._false(model), header

    def _signed(
        self, body: bytes, *, secret: str | None = None, off: float = 0.0
    ) -> tuple[bytes, str | None]:
        timestamp = str(round((time.time() + off) * _MILLISECONDS))
        return body, sign(secret or self._secret, timestamp, body)

    async def _send(self, kind: str, body: bytes, header: str | None) -> None:
        headers = {"Content-Type": "application/json", **({HEADER: header} if header else {})}
        self.sent[kind] += 1
        began = time.time()
        status, raw, note = None, b"", kind
        try:
            async with self._session.post(self._url, data=body, headers=headers) as answer:
                raw, status = await answer.read(), answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            note = f"{kind}: {type(error).__name__}"
        took = time.time() - began
        self._journal.write(Said("forger", began, took, "POST", PATH, "", status, raw, note=note))
