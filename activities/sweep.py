"""Going through Digital River's lists for what nobody has told us."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog
from prometheus_client import Counter
from temporalio import activity

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver
from ferryman.digital_river.errors import DigitalRiverError, InvalidRequest, NotFound
from ferryman.digital_river.events import Event, MalformedEvent
from ferryman.provider_events import translate
from ferryman.purchase.base import Noun
from ferryman.purchase.messages import NO_NEWS, Hint, ProviderEvent
from ferryman.records import Records

from . import failures
from .differences import differing
from .owners import Origin, owners
from .walk import Entry, Judge, Page, Run, Walk

Thing = TypeVar("Thing")
Fetch = Callable[[datetime, str | None], Awaitable[Page[Thing]]]

_NOT_IMPLEMENTED = 501
_REMEMBERED = timedelta(days=29)
"""Events that are a day older are forgotten, and asking for them is refused."""

log = structlog.get_logger(__name__)
sweeps = Counter("ferryman_sweeps", "Lists of Digital River's gone through.", ("list",))
differences = Counter(
    "ferryman_sweep_found", "What a list showed and nobody had told us.", ("list",)
)

# A rate knows nothing of what happened before a series began.
for _list in ("events", "orders"):
    sweeps.labels(_list)
    differences.labels(_list)


class Sweeping(Noun):
    """A list to go on with."""

    walk: Walk
    overlap: timedelta
    """An entry may show up in a list this much later than its time says."""
    grace: timedelta
    """What is younger may be on its way to us."""


class Swept(Noun):
    """What was found, and where to go on."""

    walk: Walk
    looked_at: int = 0
    found: tuple[ProviderEvent, ...] = ()
    left_out: str | None = None
    """Why nothing could be looked at."""


class SweepActivities:
    """Steps that look for differences; handing them on is the flow's."""

    def __init__(self, digital_river: DigitalRiver, records: Records) -> None:
        self._digital_river = digital_river
        self._records = records

    @activity.defn(name="sweep_events")
    async def events(self, asked: Sweeping) -> Swept:
        """Find events about purchases of ours that none of them has heard."""

        async def page(since: datetime, after: str | None) -> Page[Event]:
            begin = max(since, datetime.now(UTC) - _REMEMBERED)
            shown = await self._digital_river.list_events(
                created_time_gte=begin, starting_after=after
            )
            entries = [Entry(event.id, event.created_time, event) for event in shown.data]
            return Page(entries, shown.has_more)

        return await _sweep("events", asked, page, self._unheard)

    @activity.defn(name="sweep_orders")
    async def orders(self, asked: Sweeping) -> Swept:
        """Find orders of ours that stand otherwise than their purchase's record says."""

        async def page(since: datetime, after: str | None) -> Page[wire.Order]:
            shown = await self._digital_river.list_changed_orders(since=since, starting_after=after)
            entries = [Entry(order.id, order.updated_time, order) for order in shown.data]
            return Page(entries, shown.has_more)

        return await _sweep("orders", asked, page, self._differing)

    async def _unheard(self, events: Sequence[Event]) -> list[ProviderEvent | None]:
        messages = [_message(event) for event in events]
        told = [message for message in messages if message is not None]
        unheard = await self._records.unheard([message.id for message in told])
        missed = [message for message in told if message.id in unheard]
        found = await owners(
            self._records,
            [Origin(each.order_id, each.checkout_id, each.upstream_id) for each in missed],
        )
        # What Digital River has sold by itself is nobody's until it is told.
        ours = {
            each.id
            for each, owner in zip(missed, found, strict=True)
            if owner is not None or each.hint is Hint.CHECKED_OUT
        }
        return [each if each is not None and each.id in ours else None for each in messages]

    async def _differing(self, orders: Sequence[wire.Order]) -> list[ProviderEvent | None]:
        found = await owners(
            self._records, [Origin(each.id, each.checkout_id, each.upstream_id) for each in orders]
        )
        return [
            differing(owner, order) if owner is not None else None
            for owner, order in zip(found, orders, strict=True)
        ]


async def _sweep(what: str, asked: Sweeping, fetch: Fetch[Thing], judge: Judge[Thing]) -> Swept:
    since = asked.walk.since - asked.overlap
    run = Run(asked.walk, asked.grace)
    left_out = None
    async with failures.told(), failures.beating():
        try:
            walk = await run.go(lambda after: fetch(since, after), judge)
        except DigitalRiverError as error:
            if not _has_no_such_list(error):
                raise
            walk, left_out = asked.walk, str(error)
    sweeps.labels(what).inc()
    differences.labels(what).inc(len(run.found))
    note = log.info if left_out is None else log.warning
    note("sweep", list=what, looked_at=run.looked_at, found=len(run.found), left_out=left_out)
    return Swept(walk=walk, looked_at=run.looked_at, found=tuple(run.found), left_out=left_out)


def _message(event: Event) -> ProviderEvent | None:
    try:
        message = translate(event)
    except MalformedEvent as error:
        log.warning("event_left_out", cause=str(error))
        return None
    return None if message is None or message.hint in NO_NEWS else message


def _has_no_such_list(error: DigitalRiverError) -> bool:
    """True where asking again would bring the same answer."""
    return isinstance(error, InvalidRequest | NotFound) or error.status == _NOT_IMPLEMENTED
