"""Digital River's webhooks, signed as the sandbox signs them, about orders that really stand."""

import asyncio
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp

from demo.polling import poll
from ferryman.digital_river.signature import HEADER, sign
from ferryman.settings import SANDBOX_SECRET

from .shop import Open

KINDS: Final = ("order.accepted", "order.fulfilled")
"""The first is known to an accepted purchase; at the second it reads its order again."""
_TAKEN: Final = 202


class Postman:
    """Rings at one API, with what the sandbox says of the orders."""

    def __init__(self, http: aiohttp.ClientSession, api: str, sandbox: str, key: str) -> None:
        self._http = http
        self._url = f"{api}/webhooks/digital-river"
        self._sandbox = sandbox
        self._key = {"Authorization": f"Bearer {key}"}
        self._orders: dict[str, Any] = {}
        self.refused = 0

    async def learn(self, about: Open) -> None:
        """Look the order up, so that an event of it is as large as it really is."""
        url = f"{self._sandbox}/orders/{about.order_id}"
        async with self._http.get(url, headers=self._key) as answer:
            self._orders[about.order_id] = await answer.json()

    async def bring(self, kind: str, about: Open) -> None:
        """Deliver an event, again and again until it is taken."""
        body = self._event(kind, about)

        async def once() -> bool | None:
            return await self._takes(body) or None

        await poll(once)

    async def ring(self, kind: str, about: Open, due: float) -> float:
        """Deliver an event once; seconds from when it was due until it was answered.

        What is refused counts in `refused`: Digital River would bring it again.
        """
        if not await self._takes(self._event(kind, about)):
            self.refused += 1
        return asyncio.get_running_loop().time() - due

    async def _takes(self, body: bytes) -> bool:
        stamp = str(round(time.time() * 1000))
        headers = {"Content-Type": "application/json", HEADER: sign(SANDBOX_SECRET, stamp, body)}
        async with self._http.post(self._url, data=body, headers=headers) as answer:
            return answer.status == _TAKEN

    def _event(self, kind: str, about: Open) -> bytes:
        event = {
            "id": str(uuid.uuid4()),
            "type": kind,
            "data": {"object": self._orders[about.order_id]},
            "liveMode": False,
            "createdTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        return json.dumps(event).encode()
