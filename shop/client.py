"""The public API, as a storefront calls it: every answer in plain words, every amount exact."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp
from structlog.contextvars import get_contextvars

from ferryman.purchase.purchase import Purchase

from .trouble import Trouble

_OK = range(200, 300)
_REFUSED = frozenset({400, 409, 422})

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the API said."""

    status: int
    body: Json

    @property
    def taken(self) -> bool:
        """Whether it did what it was asked, or took it to do later (202)."""
        return self.status in _OK

    @property
    def kind(self) -> str:
        """The problem's kind, such as `declined`; empty where there is none."""
        return str(self.body.get("type", "")).rpartition(":")[2]

    @property
    def detail(self) -> str:
        """The problem's sentence."""
        return str(self.body.get("detail", ""))

    @property
    def errors(self) -> Mapping[str, str]:
        """The sentences of a 422 by JSON pointer."""
        return {each["pointer"]: each["detail"] for each in self.body.get("errors", ())}

    @property
    def why_not(self) -> str:
        """Why it was refused, each reason once; its sentences are safe to show."""
        return "; ".join(dict.fromkeys(self.errors.values())) or self.detail

    @property
    def purchase(self) -> Purchase:
        """The purchase that it answered with."""
        return Purchase.model_validate(self.body)


class Client:
    """One API at one address, with the shop's key."""

    def __init__(self, session: aiohttp.ClientSession, base: str, key: str) -> None:
        self.session = session
        self.base = base
        self._key = key

    async def get(self, path: str, **query: str) -> Reply:
        """Read; raises Trouble where that is not possible."""
        return await self._call("GET", path, params=query)

    async def send(self, method: str, path: str, body: Json, key: str | None = None) -> Reply:
        """Send a document, under an idempotency key where the path needs one.

        Gives what was taken, and the refusals that the shopper can do something about: 400, 409
        and 422. Raises Trouble for everything else.
        """
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        data = json.dumps(body, default=_number)
        return await self._call(method, path, data=data, headers=headers)

    async def purchase(self, purchase_id: str) -> Purchase:
        """Read a purchase; raises Trouble (404) where there is none."""
        return (await self.get(path_of(purchase_id))).purchase

    async def find(self, purchase_id: str) -> Purchase | None:
        """Read a purchase; None where there is none."""
        try:
            return await self.purchase(purchase_id)
        except Trouble as trouble:
            if trouble.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def act(self, purchase_id: str, call: str, body: Json, method: str = "POST") -> Reply:
        """Make one of the calls on a purchase, such as `submit`."""
        return await self.send(method, f"{path_of(purchase_id)}/{call}", body)

    @property
    def headers(self) -> dict[str, str]:
        """What every call carries: the key, and the id of the request that it serves."""
        request_id = get_contextvars().get("request_id")
        own = {"Authorization": f"Bearer {self._key}"}
        return own | ({"X-Request-Id": str(request_id)} if request_id else {})

    async def _call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Reply:
        sent = {**self.headers, **(headers or {})}
        url = f"{self.base}{path}"
        try:
            async with self.session.request(method, url, headers=sent, **options) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Trouble(503) from error
        if answer.status not in _OK and (method == "GET" or answer.status not in _REFUSED):
            raise Trouble(answer.status)
        return Reply(answer.status, json.loads(text, parse_float=Decimal) if text else {})


def path_of(purchase_id: str) -> str:
    """Where the API has a purchase; raises Trouble (404) for what can be no purchase's id."""
    if purchase_id in {"", ".", ".."}:
        raise Trouble(404)
    return f"/purchases/{quote(purchase_id, safe='')}"


def _number(value: object) -> float:
    # Up to 15 digits, a double's shortest form is the decimal that it was made from.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
