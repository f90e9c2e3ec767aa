"""Notices reach a real receiver: signed, in order, again where they were not taken."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from pydantic import SecretStr
from sqlalchemy import update
from standardwebhooks import Webhook, WebhookVerificationError

from ferryman.notices.notification import Notification, Progress
from ferryman.notices.schedule import GAPS, LONGEST_WISH, gap
from ferryman.purchase.purchase import Attention, Fulfillment, Line, Order, Purchase, ShippedItem
from ferryman.purchase.states import State
from ferryman.records import Records, RecordsUnavailable
from ferryman.records.engine import writing
from ferryman.records.outbox import Outbox
from ferryman.records.tables import notices
from ferryman.settings import NotificationSettings
from tests.running.records import records_in
from tests.workers.test_process import LONGEST_DRAIN_SECONDS, running, until_ready
from workers.courier import couriering

SECRETS = ("whsec_" + "bmV3IHNl" * 4, "whsec_" + "b2xkIHNl" * 4)
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@dataclass
class Shop:
    """The merchant's receiver, and what has come there."""

    statuses: list[int] = field(default_factory=list)
    """What to answer next; 200 once they are used up."""
    headers: dict[str, str] = field(default_factory=dict)
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """Nothing is answered while it is clear."""

    def __post_init__(self) -> None:
        self.open.set()

    async def take(self, request: web.Request) -> web.Response:
        """Take one notice."""
        self.came.append((dict(request.headers), await request.read()))
        await self.open.wait()
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers=self.headers)

    @property
    def types(self) -> list[str]:
        """Of what was told, without doubles taken out."""
        return [json.loads(body)["type"].removeprefix("purchase.") for _, body in self.came]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A receiver on a real socket."""
    shop = Shop()
    app = web.Application()
    app.router.add_post("/notices", shop.take)
    app.router.add_get("/notices", shop.take)
    async with TestServer(app, host="127.0.0.1") as server:
        shop.url = str(server.make_url("/notices?token=t0ken"))
        yield shop
        shop.open.set()


@pytest.fixture
async def records(tmp_path) -> AsyncIterator[Records]:
    """Records whose outbox is empty."""
    async with records_in(tmp_path) as records:
        yield records


@pytest.fixture(autouse=True)
def _impatient(monkeypatch) -> None:
    monkeypatch.setattr("workers.courier.PAUSE_SECONDS", 0.02)


def accepted(purchase_id: str = "p1", version: int = 1, parcels: int = 0) -> Purchase:
    """An accepted purchase, of which so many parcels are on their way."""
    shipped = tuple(
        Fulfillment(
            shipment_id=f"parcel-{number}",
            items=(ShippedItem(line_id="1", quantity=1),),
            state="shipped",
            created_time=NOW,
        )
        for number in range(parcels)
    )
    return Purchase(
        id=purchase_id,
        state=State.ACCEPTED,
        version=version,
        created_time=NOW,
        updated_time=NOW,
        order=Order(id=f"o-{purchase_id}", state="accepted"),
        items=(Line(line_id="1", quantity=2, open=2),),
        fulfillments=shipped,
    )


@asynccontextmanager
async def at_work(records: Records, url: str, count: int = 1) -> AsyncIterator[asyncio.Event]:
    """Some couriers side by side, until the block ends or their event is set."""
    told = NotificationSettings(url=url, secrets=tuple(map(SecretStr, SECRETS)))
    stopping = asyncio.Event()
    if count == 1:
        async with couriering(told, records, stopping):
            yield stopping
        return
    async with couriering(told, records, stopping), at_work(records, url, count - 1):
        yield stopping


async def until(
    records: Records, reached: Callable[[list[Notification]], bool]
) -> list[Notification]:
    """The notifications of the purchase once they are as asked; the test's timeout bounds it."""
    while not reached(found := await Outbox(records.engine).of("p1")):
        await asyncio.sleep(0.01)
    return found


def all_in(state: Progress) -> Callable[[list[Notification]], bool]:
    """True once there is something, and all of it is in this state."""
    return lambda found: bool(found) and all(each.state is state for each in found)


def tried(times: int) -> Callable[[list[Notification]], bool]:
    """True once the first has been tried so often, to the end."""
    return lambda found: (
        len(found[0].attempts) == times and found[0].attempts[-1].duration_ms is not None
    )


async def make_due(records: Records) -> None:
    """Let the time for the next try come."""
    async with writing(records.engine) as connection:
        await connection.execute(update(notices).values(due=0))


async def test_signed(records, shop):
    """A receiver verifies it with either secret, by the library of Standard Webhooks."""
    await records.save(accepted(), [])
    async with at_work(records, shop.url):
        await until(records, all_in(Progress.DELIVERED))
    ((headers, body),) = shop.came
    (notification,) = await Outbox(records.engine).of("p1")

    for secret in SECRETS:
        assert "purchase.confirmed" == Webhook(secret).verify(body, headers)["type"]
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "b3RoZXIg" * 4).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRETS[0]).verify(body.replace(b"p1", b"p2"), headers)
    assert "application/json" == headers["Content-Type"]
    assert (headers["webhook-id"], 1) == (json.loads(body)["id"], notification.notice.sequence)


async def test_once_by_several(records, shop):
    """Couriers side by side bring every notice once, each purchase's in its order."""
    for number in range(10):
        await records.save(accepted(f"p{number}", parcels=2), [])
    async with at_work(records, shop.url, count=3):
        while len(shop.came) < 30:
            await asyncio.sleep(0.01)
        await until(records, all_in(Progress.DELIVERED))
    bodies = [json.loads(body) for _, body in shop.came]
    orders = {
        f"p{number}": [each["sequence"] for each in bodies if each["purchaseId"] == f"p{number}"]
        for number in range(10)
    }

    assert {f"p{number}": [1, 2, 3] for number in range(10)} == orders


@pytest.mark.parametrize("status", [500, 404, 429, 301])
async def test_not_taken(records, shop, status):
    """Whatever is not a 2xx is tried again later, the same notice; what follows it waits."""
    shop.statuses = [status]
    shop.headers = {"Location": "/notices"}
    await records.save(accepted(parcels=1), [])
    async with at_work(records, shop.url):
        (first, second) = await until(records, tried(1))
        await make_due(records)
        await until(records, all_in(Progress.DELIVERED))

    assert (Progress.WAITING, [status]) == (first.state, [a.status for a in first.attempts])
    assert first.next_attempt > datetime.now(UTC)
    assert () == second.attempts
    assert ["confirmed", "confirmed", "shipped"] == shop.types
    assert shop.came[0][1] == shop.came[1][1]
    assert shop.came[0][0]["webhook-id"] == shop.came[1][0]["webhook-id"]


async def test_gone(records, shop):
    """After a 410 the notice is sent no more, which the log shows; the next has its own chance."""
    shop.statuses = [410]
    await records.save(accepted(parcels=1), [])
    async with at_work(records, shop.url):
        (first, second) = await until(records, lambda found: found[1].state is Progress.DELIVERED)

    assert (Progress.GIVEN_UP, 1) == (first.state, len(first.attempts))
    assert 1 == len(second.attempts)


async def test_given_up(records, shop):
    """After three days of tries it is given up, and an operator can have it sent again."""
    shop.statuses = [503] * (len(GAPS) + 1)
    await records.save(accepted(), [])
    async with at_work(records, shop.url):
        for number in range(1, len(GAPS) + 1):
            await until(records, tried(number))
            await make_due(records)
        (given_up,) = await until(records, all_in(Progress.GIVEN_UP))
        await Outbox(records.engine).resend("p1", 1)
        (delivered,) = await until(records, all_in(Progress.DELIVERED))

    assert (len(GAPS) + 1, None) == (len(given_up.attempts), given_up.next_attempt)
    assert [503] * (len(GAPS) + 1) + [200] == [each.status for each in delivered.attempts]


async def test_nobody_there(records):
    """Where nobody listens the log says so, and not the address, which may hold a token."""
    await records.save(accepted(), [])
    async with at_work(records, f"http://127.0.0.1:{unused_port()}/?token=t0ken"):
        (notification,) = await until(records, tried(1))

    assert [(None, "no connection")] == [(a.status, a.cause) for a in notification.attempts]
    assert Progress.WAITING == notification.state


async def test_silence(records, shop, monkeypatch):
    """A receiver that does not answer in time has not taken it."""
    monkeypatch.setattr("workers.courier.LONGEST_SECONDS", 0.1)
    shop.open.clear()
    await records.save(accepted(), [])
    async with at_work(records, shop.url):
        (notification,) = await until(records, tried(1))
        shop.open.set()

    assert [None] == [attempt.status for attempt in notification.attempts]
    assert "no answer within" in notification.attempts[0].cause


async def test_database_away_for_a_while(records, shop, monkeypatch):
    """While the database is away the courier waits, and goes on once it is back."""
    asked = []
    real = Outbox.take

    async def away(self, most):
        asked.append(most)
        if len(asked) == 1:
            raise RecordsUnavailable("away")
        return await real(self, most)

    monkeypatch.setattr(Outbox, "take", away)
    await records.save(accepted(), [])
    async with at_work(records, shop.url):
        await until(records, all_in(Progress.DELIVERED))

    assert ["confirmed"] == shop.types


async def test_drains(records, shop):
    """What is under way when the process is told to stop is finished and written down."""
    shop.open.clear()
    await records.save(accepted(), [])
    async with at_work(records, shop.url) as stopping:
        while not shop.came:
            await asyncio.sleep(0.01)
        stopping.set()
        shop.open.set()

    (notification,) = await Outbox(records.engine).of("p1")
    assert Progress.DELIVERED == notification.state


async def test_drain_ends(records, shop, monkeypatch):
    """A receiver that hangs does not hold up the end; the attempt stays without an outcome."""
    monkeypatch.setattr("workers.courier.LONGEST_DRAIN_SECONDS", 0.05)
    shop.open.clear()
    await records.save(accepted(), [])
    async with at_work(records, shop.url) as stopping:
        while not shop.came:
            await asyncio.sleep(0.01)
        stopping.set()

    (notification,) = await Outbox(records.engine).of("p1")
    assert (Progress.WAITING, [None]) == (
        notification.state,
        [attempt.duration_ms for attempt in notification.attempts],
    )


async def test_without_an_address(records):
    """Where nobody is to be told, notices are kept and not sent."""
    await records.save(accepted(), [])
    async with couriering(NotificationSettings(url=None), records, stopping := asyncio.Event()):
        (notification,) = await Outbox(records.engine).of("p1")

    assert (Progress.WAITING, ()) == (notification.state, notification.attempts)
    assert not stopping.is_set()


async def test_broken_courier_is_not_missed(records, shop, monkeypatch):
    """A courier that falls over ends its process with the reason."""

    async def broken(*_):
        raise LookupError("unforeseen")

    monkeypatch.setattr(Outbox, "take", broken)
    with pytest.raises(ExceptionGroup) as caught:
        async with at_work(records, shop.url) as stopping:
            await stopping.wait()

    assert caught.group_contains(LookupError)


def test_schedule():
    """Gaps grow and vary, end within three days, and heed a receiver's wish within reason."""
    gaps = [gap(tries) for tries in range(1, len(GAPS) + 1)]
    hour, minute = timedelta(hours=1), timedelta(minutes=1)

    assert sorted(GAPS) == list(GAPS)
    assert sum(GAPS, timedelta()) < timedelta(days=3)
    assert all(0.8 * usual <= found <= usual for found, usual in zip(gaps, GAPS, strict=True))
    assert len({gap(5) for _ in range(10)}) > 1
    assert gap(len(GAPS) + 1) is None
    assert minute == gap(1, minute)
    assert LONGEST_WISH == hour == gap(1, 24 * hour)


async def test_process(tmp_path, records, shop, temporal):
    """A worker process tells the merchant, and ends cleanly while it does."""
    attention = Attention(reason="capture_failed", since=NOW)
    purchase = accepted().model_copy(update={"needs_attention": attention})
    await records.save(purchase, [])
    port = unused_port()
    async with running(
        tmp_path,
        TEMPORAL_ADDRESS=temporal.client.service_client.config.target_host,
        FERRYMAN_WORKER_PORT=str(port),
        FERRYMAN_NOTIFICATION_URL=shop.url,
        FERRYMAN_NOTIFICATION_SECRETS=",".join(SECRETS),
    ) as process:
        await until_ready(port)
        await until(records, all_in(Progress.DELIVERED))
        async with aiohttp.ClientSession() as http:
            metrics = await (await http.get(f"http://127.0.0.1:{port}/metrics")).text()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONGEST_DRAIN_SECONDS):
            await process.wait()

    assert 0 == process.returncode
    assert ["confirmed", "needs_attention"] == shop.types
    assert 'ferryman_notifications_total{outcome="delivered"} 2.0' in metrics
