"""Brings Digital River's SKUs up to the catalogue, with as few calls as that takes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Protocol, TypeVar

from ferryman.digital_river.errors import (
    Ambiguous,
    DigitalRiverError,
    Unauthorized,
    Unavailable,
)
from ferryman.digital_river.models import Page, Sku

from .difference import difference
from .rows import Row

_T = TypeVar("_T")

# The most ids that Digital River's own connectors put into one question.
_BATCH = 20
# Purchases share the rate: no more of these calls than this stand in line before one of theirs.
_AT_ONCE = 4
_GAPS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


class Stopped(Exception):
    """The run cannot go on now; another one goes on where it stopped."""


class Done(StrEnum):
    """What became of a row."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """A row's result; the reason stands where it was refused."""

    row: Row
    done: Done
    reason: str = ""


class Skus(Protocol):
    """The calls of Digital River's client that this takes."""

    async def list_skus(self, *, ids: Sequence[str], limit: int) -> Page[Sku]:
        """Find SKUs by their ids."""

    async def put_sku(self, sku_id: str, body: Mapping[str, Any]) -> Sku:
        """Create a SKU."""

    async def update_sku(self, sku_id: str, body: Mapping[str, Any]) -> Sku:
        """Change a SKU."""


class Synchronisation:
    """One run over a catalogue; `tell` hears of each row as soon as it is done with."""

    def __init__(self, skus: Skus, tell: Callable[[Outcome], None], *, dry_run: bool) -> None:
        self._skus = skus
        self._tell = tell
        self._dry_run = dry_run

    async def run(self, rows: Iterable[Row]) -> None:
        """Send what is new or differs; raises Stopped where Digital River lets nothing pass.

        A row that Digital River refuses is told, and the others go on.
        """
        for batch in _batches(rows):
            known = await self._known([row.product.id for row in batch])
            waiting = iter(batch)
            lanes = (self._lane(waiting, known) for _ in range(_AT_ONCE))
            ended = await asyncio.gather(*lanes, return_exceptions=True)
            for error in ended:
                if error is not None:
                    raise error

    async def _known(self, ids: list[str]) -> dict[str, Sku]:
        """What Digital River has of these; without an answer nothing can be told apart."""
        try:
            page = await _patiently(lambda: self._skus.list_skus(ids=ids, limit=_BATCH))
        except DigitalRiverError as error:
            raise Stopped(f"Digital River does not list its SKUs: {error}") from error
        return {sku.id: sku for sku in page.data}

    async def _lane(self, waiting: Iterator[Row], known: Mapping[str, Sku]) -> None:
        for row in waiting:
            try:
                done = await self._bring(row, known.get(row.product.id))
            except Unauthorized as error:
                raise Stopped(f"Digital River refuses the key: {error}") from error
            except DigitalRiverError as error:
                self._tell(Outcome(row, Done.REFUSED, _reason(error)))
            else:
                self._tell(Outcome(row, done))

    async def _bring(self, row: Row, sku: Sku | None) -> Done:
        product = row.product
        if sku is None:
            await self._send(lambda: self._skus.put_sku(product.id, product.attributes))
            return Done.CREATED
        changed = difference(product, sku.model_dump(by_alias=True))
        if not changed:
            return Done.UNCHANGED
        await self._send(lambda: self._skus.update_sku(product.id, changed))
        return Done.CHANGED

    async def _send(self, call: Callable[[], Awaitable[Sku]]) -> None:
        # Either call says what shall be, so that doing it twice does it once.
        if not self._dry_run:
            await _patiently(call)


async def _patiently(call: Callable[[], Awaitable[_T]]) -> _T:
    """Repeat a call that brought no answer, for half a minute or as long as asked to wait."""
    for gap in _GAPS:
        try:
            return await call()
        except (Unavailable, Ambiguous) as error:
            asked = error.retry_after.total_seconds() if error.retry_after else 0
            await asyncio.sleep(max(gap, asked))
    return await call()


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _reason(error: DigitalRiverError) -> str:
    said = " ".join(filter(None, (error.message, f"({error.code})" if error.code else None)))
    where = f"{error.parameter}: " if error.parameter else ""
    return f"{where}{said or error}"
