"""Brings Digital River's events to their purchases, or parks them; durable once it returns."""

import asyncio
import re
import time
from collections import OrderedDict
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import structlog

from ferryman.digital_river.events import Event
from ferryman.provider_events import translate
from ferryman.purchase import latecomers
from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.records import Records, RecordsUnavailable

from .engine import Closed, Engine
from .letters import Letters, left

LATE_EVENT = "an event after the end"
"""The name of a task that keeps one."""

_FOR_DATABASE = 0.4
_REMEMBERED = 4_096
# Whoever waits for a locked database holds up the claims of others.
_MOST_WRITING = 4
_PURCHASE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = structlog.get_logger()


class Outcome(StrEnum):
    """What became of an event that Digital River has signed."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    UNKNOWN_TYPE = "unknown_type"


class Delivered(NamedTuple):
    """The same, with the purchase that took it; of a copy that is not asked again."""

    outcome: Outcome
    purchase_id: str | None = None


class Delivery:
    """Knows where events go."""

    def __init__(self, engine: Engine, records: Records) -> None:
        self._engine = engine
        self._letters = Letters(engine)
        self._records = records
        # Only saves work: a purchase itself takes each event once.
        self._seen: OrderedDict[str, str | None] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[Delivered]] = {}
        self._writing: set[asyncio.Task[bool]] = set()

    async def deliver(self, event: Event, seconds: float) -> Delivered:
        """Make the event durable within `seconds`.

        Raises an EngineError where it is not, MalformedEvent where it is none after all.
        """
        message = translate(event)
        if message is None:
            return Delivered(Outcome.UNKNOWN_TYPE)
        if message.id in self._seen:
            return Delivered(Outcome.DUPLICATE, self._seen[message.id])
        # Copies that arrive at once share one question to Temporal, and its answer.
        first = self._under_way.get(message.id)
        if first is not None:
            taken = await asyncio.shield(first)
            return Delivered(Outcome.DUPLICATE, taken.purchase_id)
        first = asyncio.create_task(self._hand_over(message, time.monotonic() + seconds))
        self._under_way[message.id] = first
        first.add_done_callback(lambda _: self._under_way.pop(message.id))
        delivered = await asyncio.shield(first)
        self._remember(message.id, delivered.purchase_id)
        return delivered

    def _remember(self, event_id: str, purchase_id: str | None) -> None:
        self._seen[event_id] = purchase_id
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    async def _hand_over(self, message: ProviderEvent, until: float) -> Delivered:
        owner = await self._owner(message)
        if owner is not None:
            try:
                await self._letters.send(owner, message, until)
            except Closed:
                log.info("purchase_takes_no_events", purchase_id=owner, event_id=message.id)
                if await self._closed_knows(owner, message):
                    return Delivered(Outcome.TAKEN, owner)
            else:
                return Delivered(Outcome.TAKEN, owner)
        await self._engine.park(message, left(until))
        return Delivered(Outcome.PARKED, owner)

    async def _closed_knows(self, purchase_id: str, message: ProviderEvent) -> bool:
        """Have the record of a closed purchase show an event that says nothing new to it.

        False where it may say something, or somebody else is just writing: a workflow will see.
        """
        if len(self._writing) >= _MOST_WRITING:
            return False
        task = asyncio.create_task(self._heard(purchase_id, message), name=LATE_EVENT)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        # Not a timeout: who waits for another's lock is not to be moved by a cancellation either.
        await asyncio.wait({task}, timeout=_FOR_DATABASE)
        return task.done() and task.result()

    async def _heard(self, purchase_id: str, message: ProviderEvent) -> bool:
        records = self._records
        try:
            purchase = await records.get(purchase_id)
            if purchase is None or not latecomers.is_old(purchase, message):
                return False
            if not await records.unheard([message.id]):
                return True
            last = await records.last_sequence(purchase_id)
            newer, entry = latecomers.heard(purchase, message, last, datetime.now(UTC))
            return await records.save_next(newer, [entry])
        except RecordsUnavailable as error:
            log.warning("event_not_kept", cause=str(error))
            return False
        # Whatever was not foreseen: a workflow of its own will see it too, and be seen.
        except Exception:
            log.exception("event_not_kept", purchase_id=purchase_id)
            return False

    async def _owner(self, message: ProviderEvent) -> str | None:
        """Find the purchase: who owns the order, else whose number the order carries."""
        upstream_id = message.upstream_id or ""
        # An order that Digital River has made is a new one, whatever number it carries.
        known = message.hint is not Hint.CHECKED_OUT and _PURCHASE_ID.fullmatch(upstream_id)
        named = upstream_id if known else None
        try:
            async with asyncio.timeout(_FOR_DATABASE):
                return await self._recorded(message, named)
        except (RecordsUnavailable, TimeoutError) as error:
            log.warning("owner_not_looked_up", cause=type(error).__name__)
            return named

    async def _recorded(self, message: ProviderEvent, named: str | None) -> str | None:
        records = self._records
        if message.order_id and (owner := await records.owner_of_order(message.order_id)):
            return owner
        if named is None and message.checkout_id:
            return await records.owner_of_checkout(message.checkout_id)
        return named
