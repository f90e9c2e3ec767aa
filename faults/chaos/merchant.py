"""A careful merchant's system: it repeats every call until it has an answer, and logs them all."""

import asyncio
import json
import time
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, Final

import aiohttp

from demo.http import JSON
from faults.evidence import exact

from .journal import Journal, Said

NOT_NOW: Final = frozenset({202, 429, 503})
"""Answers that say no more than: ask again."""

LONGEST_SECONDS = 12.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.3, 2.0
_GOOD = 300


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int
    body: JSON

    @property
    def good(self) -> bool:
        """Whether it was done."""
        return self.status < _GOOD


class Merchant:
    """Calls Ferryman's API with a key, for one purchase after the other."""

    def __init__(
        self, session: aiohttp.ClientSession, base: str, key: str, journal: Journal
    ) -> None:
        self._session = session
        self._base = base
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._journal = journal

    async def ask(
        self,
        random: Random,
        purchase_id: str,
        method: str,
        path: str = "",
        body: JSON | None = None,
        key: str | None = None,
        *,
        other_body: bool = False,
    ) -> Reply:
        """Call until there is an answer; an opened purchase is asked for at `/purchases`."""
        pause = _FIRST_PAUSE
        while True:
            reply = await self._once(purchase_id, method, path, body, key, other_body=other_body)
            if reply is not None and reply.status not in NOT_NOW:
                return reply
            await asyncio.sleep(pause * random.uniform(1, 1.5))
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _once(
        self,
        purchase_id: str,
        method: str,
        path: str,
        body: JSON | None,
        key: str | None,
        *,
        other_body: bool,
    ) -> Reply | None:
        """Call; None where no answer came."""
        place = "/purchases" if key else f"/purchases/{purchase_id}{path}"
        headers = {**self._headers, **({"Idempotency-Key": key} if key else {})}
        began = time.time()
        status, raw, note = None, b"", ""
        try:
            async with self._session.request(
                method,
                self._base + place,
                data=None if body is None else written(body),
                headers=headers,
            ) as answer:
                raw, status = await answer.read(), answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            note = type(error).__name__
        took = time.time() - began
        self._journal.write(
            Said(
                who="merchant",
                began=began,
                seconds=took,
                method=method,
                path=place,
                purchase_id=purchase_id,
                status=status,
                body=raw,
                key=key,
                other_body=other_body,
                note=note,
            )
        )
        return None if status is None else Reply(status, _document(raw))


def written(body: JSON) -> bytes:
    """Write JSON; amounts as numbers."""
    return json.dumps(body, default=_number).encode()


def _document(raw: bytes) -> Any:
    return exact(raw) if raw else {}


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
