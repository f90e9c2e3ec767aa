"""The API on a real socket, and a client that holds its keys."""

import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr
from temporalio.client import Client, WorkflowHandle

from api.app import Api, create_api
from api.connections import Runner, site
from ferryman.digital_river.signature import HEADER, sign
from ferryman.records import Records
from ferryman.setting_types import ApiKey, Scope
from ferryman.settings import (
    ApiSettings,
    DigitalRiverSettings,
    ProcessSettings,
    PurchaseSettings,
    Settings,
    WorkerSettings,
)

SECRETS = ("whsec_the_newest_of_the_tests_secrets", "whsec_the_former_one_of_the_tests")
KEYS = {scope: f"key-of-{scope}" for scope in Scope}
WEBHOOKS = "/webhooks/digital-river"

Told = Callable[..., Awaitable[WorkflowHandle[Any, Any]]]
"""Tells a purchase's stand-in how to answer."""


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's document."""
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """The last part of the problem's type."""
        assert self.headers["Content-Type"] == "application/problem+json"
        return str(self.json["type"]).rpartition(":")[2]

    @property
    def pointers(self) -> list[str]:
        """Where the request was wrong."""
        return [each["pointer"] for each in self.json["errors"]]


@dataclass
class Door:
    """A client of one API."""

    api: Api
    session: aiohttp.ClientSession
    host: str
    port: int

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        scope: Scope | None = Scope.WRITE,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a document, or raw `data`."""
        sent = {"Authorization": f"Bearer {KEYS[scope]}"} if scope else {}
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        url = f"http://{self.host}:{self.port}{path}"
        async with self.session.request(
            method, url, data=data, headers={**sent, **(headers or {})}, allow_redirects=False
        ) as answer:
            return Reply(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, scope: Scope | None = Scope.READ) -> Reply:
        """Read."""
        return await self.send("GET", path, scope=scope)

    async def open(self, body: Any, key: str | None = None) -> Reply:
        """Open a purchase, under a key of its own where none is given."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return await self.send("POST", "/purchases", body, headers=headers)

    async def webhook(self, event: Any, headers: Mapping[str, str] | None = None) -> Reply:
        """Send an event as Digital River would."""
        data = event if isinstance(event, bytes) else json.dumps(event).encode()
        signed = {HEADER: signature(data), **(headers or {})}
        return await self.send("POST", WEBHOOKS, scope=None, data=data, headers=signed)


@dataclass(frozen=True)
class Wanted:
    """What an API of a test is told."""

    task_queue: str = field(default_factory=lambda: f"api-{uuid.uuid4().hex}")
    ship_from: Any = None


def signature(
    body: bytes, secret: str = SECRETS[0], at: datetime | None = None, form: str = "ms"
) -> str:
    """Sign as Digital River does; `form` is the timestamp's."""
    moment = at or datetime.now(UTC)
    stamps = {
        "ms": str(int(moment.timestamp() * 1000)),
        "s": str(int(moment.timestamp())),
        "iso": moment.isoformat(timespec="milliseconds"),
    }
    return sign(secret, stamps[form], body)


def settings(wanted: Wanted, database: Path) -> Settings:
    """The settings of an API that a test makes."""
    keys = tuple(
        ApiKey(scope.value, scope, hashlib.sha256(key.encode()).digest())
        for scope, key in KEYS.items()
    )
    return Settings(
        process=ProcessSettings(
            task_queue=wanted.task_queue,
            database_url=SecretStr(f"sqlite+aiosqlite:///{database}"),
        ),
        api=ApiSettings(keys=keys),
        worker=WorkerSettings(),
        digital_river=DigitalRiverSettings(webhook_secrets=tuple(map(SecretStr, SECRETS))),
        purchase=PurchaseSettings(ship_from=wanted.ship_from, checkout_window=timedelta(hours=1)),
    )


@asynccontextmanager
async def opened(told: Settings, temporal: Client, records: Records) -> AsyncIterator[Door]:
    """Serve the API for a while."""
    api = create_api(told, temporal, records)
    runner = Runner(api.app)
    await runner.setup()
    try:
        await site(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), auto_decompress=False
        ) as session:
            yield Door(api, session, host, port)
    finally:
        await runner.cleanup()


def request(**changes: Any) -> dict[str, Any]:
    """A small request for a purchase."""
    return {
        "currency": "EUR",
        "taxInclusive": True,
        "items": [{"lineId": "1", "skuId": "sku-1", "quantity": 2, "price": 9.99}],
        **changes,
    }
