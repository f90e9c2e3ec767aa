"""Going through a list from the newest entry back to a moment, in as many runs as it takes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from ferryman.digital_river.errors import DigitalRiverError, InvalidRequest, NotFound
from ferryman.purchase.base import Moment, Noun
from ferryman.purchase.messages import ProviderEvent

Thing = TypeVar("Thing")

MOST_PAGES = 50
"""In one run."""
MOST_RUNS = 20
"""A list that has not ended by then never does."""
MOST_FOUND = 100
"""In one run: a history has to hold them all."""


class Walk(Noun):
    """How far a list has been gone through, in the list's own times.

    Our clock and the provider's differ, so that only what the list itself says is a safe mark.
    """

    since: Moment
    """Everything older is done with."""
    reached: Moment | None = None
    """The newest that was seen at the beginning of a walk that has not ended yet."""
    after: str | None = None
    """The entry after which that walk goes on."""
    runs: int = 0


@dataclass(frozen=True)
class Entry(Generic[Thing]):
    """One entry of a list."""

    id: str
    time: datetime | None
    thing: Thing


@dataclass(frozen=True)
class Page(Generic[Thing]):
    """Part of a list."""

    entries: Sequence[Entry[Thing]]
    has_more: bool


Fetch = Callable[[str | None], Awaitable[Page[Thing]]]
"""Gives the page after an entry, or the first."""
Judge = Callable[[Sequence[Thing]], Awaitable[Sequence[ProviderEvent | None]]]
"""Says of each what has to be told, if anything."""


@dataclass
class Run:
    """One run of a walk."""

    walk: Walk
    grace: timedelta
    looked_at: int = 0

    def __post_init__(self) -> None:
        self.found: list[ProviderEvent] = []
        self._after = self.walk.after
        self._newest = self.walk.reached or self.walk.since
        self._youngest: datetime | None = None
        self._seen: set[str] = set()

    async def go(self, fetch: Fetch[Thing], judge: Judge[Thing]) -> Walk:
        """Go on until the list ends, enough is found or enough is read; say where that is.

        What was gone through counts, even where the provider then fails.
        """
        for _ in range(MOST_PAGES):
            try:
                page = await self._next(fetch)
            except DigitalRiverError:
                if not self._seen:
                    raise
                return self._cut(self.walk.runs)
            new = [entry for entry in page.entries if entry.id not in self._seen]
            events = await judge([entry.thing for entry in new])
            for entry, event in zip(new, events, strict=True):
                self._take(entry, event)
                if len(self.found) == MOST_FOUND:
                    return self._cut(self.walk.runs)
            # A page of nothing new comes from a list that ignores where it should go on.
            if not page.has_more or not new:
                return self._ended()
        runs = self.walk.runs + 1
        return self._cut(runs) if runs < MOST_RUNS else self._ended()

    async def _next(self, fetch: Fetch[Thing]) -> Page[Thing]:
        try:
            return await fetch(self._after)
        except (InvalidRequest, NotFound):
            if self._after is None or self._seen:
                raise
            # The entry to go on after has left the list: begin again.
            self._after = None
            return await fetch(None)

    def _take(self, entry: Entry[Thing], event: ProviderEvent | None) -> None:
        self.looked_at += 1
        self._seen.add(entry.id)
        self._after = entry.id
        time = entry.time
        if event is not None and time is not None and self._is_young(time):
            self._youngest = min(self._youngest or time, time)
            return
        if event is not None:
            self.found.append(event)
        # Later runs read what was older when the walk began, and miss what has come since.
        if time is not None and self.walk.after is None:
            self._newest = max(self._newest, time)

    def _is_young(self, time: datetime) -> bool:
        return abs(datetime.now(UTC) - time) < self.grace

    def _reached(self) -> datetime:
        return self._newest if self._youngest is None else min(self._newest, self._youngest)

    def _cut(self, runs: int) -> Walk:
        return Walk(since=self.walk.since, reached=self._reached(), after=self._after, runs=runs)

    def _ended(self) -> Walk:
        return Walk(since=max(self.walk.since, self._reached()))
