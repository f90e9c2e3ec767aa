"""JSON over HTTP with amounts as exact decimals."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import aiohttp

JSON = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back: the status and the body, empty where there was none."""

    status: int
    body: JSON


class Http:
    """Calls to one server."""

    def __init__(self, session: aiohttp.ClientSession, base: str, key: str | None = None) -> None:
        self._session = session
        self._base = base
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def get(self, path: str, **query: str) -> Answer:
        """Read; `query` goes behind the question mark."""
        return await self._call("GET", path, params=query)

    async def send(
        self, method: str, path: str, body: JSON, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a JSON body."""
        data = json.dumps(body, default=_number)
        return await self._call(method, path, data=data, headers=headers)

    async def _call(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> Answer:
        sent = {**self._headers, "Content-Type": "application/json", **(headers or {})}
        url = f"{self._base}{path}"
        async with self._session.request(method, url, headers=sent, **options) as answer:
            text = await answer.text()
        return Answer(answer.status, json.loads(text, parse_float=Decimal) if text else {})


def _number(value: object) -> float:
    # Up to 15 digits, a double's shortest form is the decimal that it was made from.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
