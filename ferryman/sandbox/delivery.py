"""Webhook delivery: signed, 3 seconds to answer, tried again until taken (Webhooks)."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import NamedTuple

import aiohttp

from ferryman.digital_river.signature import HEADER, sign

from .events import subscribers
from .rules import Rule, plan
from .settings import Retries
from .wire import Json, fraction, new_id, words
from .world import EventRecord, World

_TEST = [timedelta(minutes=minutes) for minutes in (5, 15, 30, 70)]
_SHORT = [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
_PRODUCTION_FIRST, _PRODUCTION_LONGEST = timedelta(minutes=1), timedelta(hours=12)
_PRODUCTION_LAST = timedelta(hours=72)
_DISABLED_AFTER = timedelta(days=5)

CORE_TYPES = words(
    "checkout_session.order.created "
    "fulfillment.created order.accepted order.blocked order.cancelled order.charge.cancel.complete "
    "order.charge.cancel.failed order.charge.cancel.pending order.charge.cancelled "
    "order.charge.capture.complete order.charge.capture.failed order.charge.capture.pending "
    "order.charge.complete order.charge.failed order.charge.reauth.failed "
    "order.charge.refund.complete order.charge.refund.failed order.chargeback order.complete "
    "order.credit_memo.created order.dispute order.dispute.resolved order.fulfilled "
    "order.invoice.created order.pending_payment order.refunded order.review_closed "
    "order.review_opened refund.complete refund.failed refund.pending "
    "refund.pending_information return.accepted return.created return.updated "
    "sales_transaction.created"
)


def signed(secrets: list[str], timestamp: str, body: bytes) -> str:
    """Give the signature header: one signature for each active secret after the timestamp."""
    signatures = [sign(secret, timestamp, body).split(", ")[1] for secret in secrets]
    return ", ".join([timestamp, *signatures])


def default_webhook(world: World) -> Json:
    """Make the webhook that the settings ask for; it wants the core events."""
    now = fraction(world.clock.now())
    return {
        "id": new_id(),
        "types": list(CORE_TYPES),
        "address": world.settings.webhook_url,
        "apiVersion": "default",
        "enabled": True,
        "liveMode": False,
        "transportType": "HTTP",
        "createdTime": now,
        "updatedTime": now,
    }


class Trial(NamedTuple):
    """One event on its way to one webhook, for the first time or again."""

    event_id: str
    webhook_id: str
    number: int


class Delivery:
    """Sends booked events to their webhooks, as the rules, retries and the clock will have it."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.clock.after_each = self.dispatch
        self._session: aiohttp.ClientSession | None = None
        # Not kept over a restart: nobody has failed while the sandbox was off.
        self._failing: dict[str, datetime] = {}
        self.rules: list[Rule] = []
        self.under_way: list[Trial] = []
        """What was begun and has not ended: after a restart it has to be tried again."""

    def reset(self) -> None:
        """Forget rules and failures, and set the default webhook up."""
        self.rules.clear()
        self._failing.clear()
        if self._world.settings.webhook_url:
            webhook = default_webhook(self._world)
            self._world.webhooks[webhook["id"]] = webhook

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def dispatch(self) -> None:
        """Send on what was booked: after the answer, or before it where events are early."""
        self._world.changed.set()  # everything that changes the world comes by here afterwards
        while self._world.unsent:
            record = self._world.unsent.popleft()
            plans = plan(self._world, self.rules, record)
            if plans.fate != "send":
                record.state = "held" if plans.fate == "hold" else "dropped"
                continue
            variants = self._world.variant(record.upstream_id)
            if variants.early_events:
                await self.send(record)
                continue
            for delay in plans.delays:
                self._world.clock.after(variants.settle_delay + delay, "send", record.id)

    def send(self, record: EventRecord) -> Awaitable[object]:
        """Send an event now, to each webhook that wants it."""
        hooks = subscribers(self._world, record.event["type"])
        if not hooks:
            record.state = "unsubscribed"
        return asyncio.gather(*(self._begin(record, hook, 1) for hook in hooks))

    def attempt(self, event_id: str, webhook_id: str, number: int) -> Awaitable[object] | None:
        """Try once more, unless the event was forgotten; it has failed if its webhook is gone."""
        record = self._world.events.get(event_id)
        hook = self._world.webhooks.get(webhook_id)
        if record is not None and hook is not None:
            return self._begin(record, hook, number)
        if record is not None and record.state == "pending":
            record.state = "failed"
        return None

    def _begin(self, record: EventRecord, hook: Json, number: int) -> asyncio.Future[None]:
        trial = Trial(record.id, hook["id"], number)
        self.under_way.append(trial)
        return asyncio.ensure_future(self._carry_out(trial, record, hook))

    async def _carry_out(self, trial: Trial, record: EventRecord, hook: Json) -> None:
        began = time.monotonic()
        status = await self._post(hook, record.body)
        milliseconds = round((time.monotonic() - began) * 1000, 1)
        self.under_way.remove(trial)
        now = self._world.clock.now()
        record.deliveries.append(
            {
                "time": fraction(now),
                "status": status,
                "attempt": trial.number,
                "url": hook["address"],
                "durationMs": milliseconds,
            }
        )
        self._conclude(trial.number, record, hook, status)

    def _conclude(self, number: int, record: EventRecord, hook: Json, status: int | str) -> None:
        if isinstance(status, int) and 200 <= status < 300:  # noqa: PLR2004 - any 2xx will do
            record.state = "delivered"
            self._failing.pop(hook["id"], None)
            return
        self._mark_failing(hook, self._world.clock.now())
        pause = retry_pause(self._world.settings.webhook_retries, number)
        if pause is not None and hook["enabled"]:
            self._world.clock.after(pause, "attempt", record.id, hook["id"], number + 1)
        elif record.state == "pending":
            record.state = "failed"

    def _mark_failing(self, hook: Json, now: datetime) -> None:
        since = self._failing.setdefault(hook["id"], now)
        if now - since > _DISABLED_AFTER:
            hook["enabled"] = False

    async def _post(self, hook: Json, body: bytes) -> int | str:
        if self._session is None:
            # However many events come at once, none waits for another's answer.
            connector = aiohttp.TCPConnector(limit=0)
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        timestamp = str(round(self._signing_time() * 1000))
        headers = {
            "Content-Type": "application/json",
            HEADER: signed(self._world.settings.secrets, timestamp, body),
        }
        try:
            async with self._session.post(
                hook["address"],
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self._world.settings.webhook_timeout),
                auth=_basic_auth(hook),
            ) as answer:
                return answer.status
        except TimeoutError:
            return "timeout"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return type(error).__name__

    def _signing_time(self) -> float:
        if self._world.settings.webhook_clock == "sandbox":
            return self._world.clock.now().timestamp()
        return time.time()


def retry_pause(mode: Retries, attempt: int) -> timedelta | None:
    """Give the pause after a failed attempt, or None when it was the last.

    Test mode: four retries over two hours, or three by another page; production: doubling pauses
    for 72 hours (Webhooks, API structure). Short: four in a quarter of a minute, for tests that
    cannot wait.
    """
    if mode != "production":
        pauses = {"test": _TEST, "test_three": _TEST[1:], "short": _SHORT}[mode]
        return pauses[attempt - 1] if attempt <= len(pauses) else None
    spent = sum((_doubled(past) for past in range(1, attempt)), timedelta())
    pause = _doubled(attempt)
    return pause if spent + pause <= _PRODUCTION_LAST else None


def _doubled(attempt: int) -> timedelta:
    doubled: timedelta = _PRODUCTION_FIRST * 2 ** (attempt - 1)
    return min(doubled, _PRODUCTION_LONGEST)


def _basic_auth(hook: Json) -> aiohttp.BasicAuth | None:
    given = hook.get("authentication") or {}
    name = given.get("userName") or given.get("username")
    return aiohttp.BasicAuth(name, given.get("password", "")) if name else None
