"""Brings notices to the merchant's address: each once taken, in order, with patience."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import aiohttp
import structlog
from prometheus_client import Counter

from ferryman.notices.schedule import gap
from ferryman.notices.signature import signed
from ferryman.records import Records, RecordsUnavailable
from ferryman.records.outbox import Outbox, Outcome, Parcel
from ferryman.settings import NotificationSettings

MOST_AT_ONCE = 20
PAUSE_SECONDS = 1.0
LONGEST_SECONDS = 10.0
LONGEST_DRAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)
sent = Counter("ferryman_notifications", "Attempts to deliver a notice, by outcome.", ("outcome",))


class Courier:
    """Sends what is due, some at a time; several couriers share one outbox without a double."""

    def __init__(
        self, outbox: Outbox, http: aiohttp.ClientSession, url: str, secrets: Sequence[str]
    ) -> None:
        self._outbox = outbox
        self._http = http
        self._url = url
        self._secrets = secrets
        self._under_way = 0
        self._stirred = asyncio.Event()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until told to stop; what is under way then has five seconds.

        What they do not suffice for is sent again, by whoever takes it when its lease has ended.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as sending:
                sending.create_task(self._stir_at(stopping))
                while not stopping.is_set():
                    for parcel in await self._take():
                        self._under_way += 1
                        sending.create_task(self._carry(parcel))
                    await self._nap()
                limit.reschedule(asyncio.get_running_loop().time() + LONGEST_DRAIN_SECONDS)

    async def _stir_at(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self._stirred.set()

    async def _nap(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await self._stirred.wait()
        self._stirred.clear()

    async def _take(self) -> list[Parcel]:
        free = MOST_AT_ONCE - self._under_way
        try:
            return await self._outbox.take(free) if free else []
        except RecordsUnavailable as error:
            log.warning("outbox_away", cause=str(error))
            return []

    async def _carry(self, parcel: Parcel) -> None:
        try:
            outcome = await self._send(parcel)
            _report(parcel, outcome)
            await self._outbox.close(parcel, outcome)
        except RecordsUnavailable as error:
            # It is sent again once the lease has ended; the receiver knows it by its id.
            log.warning("outbox_away", cause=str(error))
        finally:
            self._under_way -= 1
            # The next of the same purchase may go now.
            self._stirred.set()

    async def _send(self, parcel: Parcel) -> Outcome:
        headers = signed(parcel.id, parcel.body, self._secrets, datetime.now(UTC))
        began = time.monotonic()
        status, cause, wish = None, None, None
        try:
            async with self._http.post(
                self._url,
                data=parcel.body.encode(),
                headers={"Content-Type": "application/json", **headers},
                allow_redirects=False,
            ) as answer:
                status, wish = answer.status, _patience(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            cause = _cause(error)
        taken = status is not None and HTTPStatus(200) <= status < HTTPStatus(300)
        gone = status == HTTPStatus.GONE
        return Outcome(
            taken=taken,
            status=status,
            cause=cause,
            duration=timedelta(seconds=time.monotonic() - began),
            again=None if taken or gone else gap(parcel.tries, wish),
        )


def _patience(answer: aiohttp.ClientResponse) -> timedelta | None:
    asked = answer.headers.get("Retry-After", "")
    return timedelta(seconds=int(asked[:9])) if asked.isascii() and asked.isdigit() else None


def _cause(error: Exception) -> str:
    # The library's words would repeat the address, which may hold a token.
    if isinstance(error, TimeoutError):
        return f"no answer within {LONGEST_SECONDS:.0f} s"
    if isinstance(error, aiohttp.ClientSSLError):
        return "its certificate cannot be trusted"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    return f"the connection broke ({type(error).__name__})"


def _report(parcel: Parcel, outcome: Outcome) -> None:
    told = {
        "purchase_id": parcel.purchase_id,
        "sequence": parcel.sequence,
        "attempt": parcel.attempt,
        "status": outcome.status,
    }
    if outcome.taken:
        sent.labels("delivered").inc()
        log.info("notification_delivered", **told)
    elif outcome.again is not None:
        sent.labels("failed").inc()
        log.warning("notification_failed", cause=outcome.cause, **told)
    else:
        sent.labels("given_up").inc()
        log.error("notification_given_up", cause=outcome.cause, **told)


@asynccontextmanager
async def couriering(
    told: NotificationSettings, records: Records, stopping: asyncio.Event
) -> AsyncIterator[None]:
    """Have a courier at work until `stopping`; without an address the notices are only kept."""
    if told.url is None:
        yield
        return
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=LONGEST_SECONDS),
        headers={"User-Agent": "Ferryman"},
    ) as http:
        secrets = [secret.get_secret_value() for secret in told.secrets]
        courier = Courier(Outbox(records.engine), http, told.url, secrets)
        task = asyncio.create_task(courier.run(stopping))
        # Without its courier a worker would look well and tell nobody anything.
        task.add_done_callback(lambda _: stopping.set())
        try:
            yield
        finally:
            stopping.set()
            await task
