"""The sandbox's controls, as the levers pull them; there are none where Digital River is real."""

import json
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web

from .trouble import Trouble
from .window import WINDOW, session_of

_ROOT = "/_sandbox"
_SECONDS = aiohttp.ClientTimeout(total=2)
_OK = range(200, 300)
_PLAIN = "http:"
"""What the sandbox speaks, and Digital River does not."""


class Controls:
    """What only the sandbox can do."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def act(self, purchase_id: str, action: str, body: dict[str, str]) -> str | None:
        """Do something to the purchase's newest order; gives why not, where it cannot be."""
        order = f"/orders/upstream:{quote(purchase_id, safe='')}"
        status, answer = await self._call("POST", f"{order}/{action}", body)
        if status in _OK:
            return None
        errors = answer.get("errors") or [{}]
        return str(errors[0].get("message", "The sandbox cannot do that now."))

    async def lose_webhooks(self, purchase_id: str) -> None:
        """Lose every webhook about this purchase from now on."""
        if await self.rules(purchase_id) == []:
            rule = {"upstreamId": purchase_id, "action": "drop"}
            await self._call("POST", "/event-rules", rule)

    async def hear_webhooks(self, purchase_id: str) -> None:
        """Undo `lose_webhooks`."""
        for rule in await self.rules(purchase_id) or ():
            await self._call("DELETE", f"/event-rules/{rule}", {})

    async def rules(self, purchase_id: str) -> list[str] | None:
        """List what loses this purchase's webhooks; None where there is no sandbox to ask."""
        try:
            return await self.check(purchase_id)
        except Trouble:
            return None

    async def check(self, purchase_id: str) -> list[str]:
        """List the same; raises Trouble: 404 where there is no sandbox, 503 where it is away."""
        if not self._base.startswith(_PLAIN):
            raise Trouble(404)
        status, found = await self._call("GET", "/event-rules")
        if status not in _OK or not isinstance(found, list):
            raise Trouble(404)
        lost = [rule for rule in found if rule["action"] == "drop" and rule["types"] == ["*"]]
        return [rule["id"] for rule in lost if rule.get("upstreamId") == purchase_id]

    async def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        data = None if body is None else json.dumps(body)
        url = f"{self._base}{_ROOT}{path}"
        try:
            asked = self._session.request(method, url, data=data, timeout=_SECONDS)
            async with asked as answer:
                text = await answer.text()
                return answer.status, json.loads(text) if text else {}
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Trouble(503, "The sandbox of Digital River does not answer.") from error
        except ValueError as error:
            # What answers in anything but JSON is no sandbox.
            raise Trouble(404) from error


def controls_of(request: web.Request) -> Controls:
    """The controls of the sandbox that this shop window shows."""
    return Controls(session_of(request), request.app[WINDOW].provider)
