"""What is known of a purchase outside of its workflow: as it stands, and what has happened."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.records import RecordActivities, Saving
    from ferryman import search_attributes
    from ferryman.purchase.purchase import Purchase
    from ferryman.purchase.states import State
    from ferryman.purchase.timeline import EntryKind, TimelineEntry

from . import explaining, showing, waiting

if TYPE_CHECKING:
    from .case import Case

MOST_UNSAVED = 20
"""What is only shown is written anew with each more of it."""


class Record:
    """One purchase's versions and its timeline: what is shown of them, and what is kept."""

    def __init__(self, case: Case, attributes: Mapping[str, object]) -> None:
        self.version = 0
        self.happened: deque[TimelineEntry] = deque(maxlen=explaining.MOST_TOLD)
        """What happened last."""
        self._case = case
        self._attributes = attributes
        """The search attributes as Temporal has them."""
        self._sequence = 0
        self._unsaved: list[TimelineEntry] = []
        self._shown = 0
        self._keeping = asyncio.Lock()

    @property
    def unsaved(self) -> bool:
        """True where something has at most been shown."""
        return bool(self._unsaved)

    def note(self, kind: EntryKind, name: str, detail: Mapping[str, object]) -> None:
        """Write one thing that happened into the timeline; the next version that is kept has it."""
        self._sequence += 1
        told = {key: value for key, value in detail.items() if value is not None}
        entry = TimelineEntry(
            sequence=self._sequence, time=workflow.now(), kind=kind, name=name, detail=told
        )
        self.happened.append(entry)
        self._unsaved.append(entry)

    async def keep(self) -> int:
        """Show the purchase as it stands in the Web UI, find it by search, keep it in the records.

        Returns the version that holds it.
        """
        # A cancellation that comes while the order is created is kept beside the flow.
        async with self._keeping:
            saving = self._next_version()
            self._unsaved, self._shown = [], 0
            self._upsert_attributes(saving.purchase)
            try:
                await self._case.steps.prepare(RecordActivities.save, saving, "keep the record")
            except asyncio.CancelledError:
                # Given up with the step that was to be told of; the next version tells it again.
                self._unsaved, self._shown = [*saving.entries, *self._unsaved], 0
                raise
        return saving.purchase.version

    async def mention(self) -> None:
        """Show what moves nothing; it costs no event of the history.

        The next version keeps it for good: where a worker dies meanwhile, it shows as late as that.
        """
        moves = search_attributes.of(_view(self._case)) != self._attributes
        if not moves and len(self._unsaved) < MOST_UNSAVED:
            self.foretell()
        else:
            await self.keep()

    def foretell(self) -> None:
        """Show a state that lasts as long as one call; the search finds it once that fails."""
        showing.show(self._next_version())
        self._shown = len(self._unsaved)

    def _next_version(self) -> Saving:
        # A task that runs again has a longer history: what it says is newer, and shows it.
        length = workflow.info().get_current_history_length()
        self.version = max(self.version + 1, length)
        purchase = _view(self._case)
        workflow.set_current_details(explaining.details(self._case, purchase))
        return Saving(purchase=purchase, entries=tuple(self._unsaved), shown=self._shown)

    def _upsert_attributes(self, purchase: Purchase) -> None:
        values, before = search_attributes.of(purchase), self._attributes
        self._attributes = values
        updates = [
            key.value_unset() if values[key.name] is None else key.value_set(values[key.name])  # type: ignore[arg-type]
            for key in search_attributes.ALL
            if values[key.name] != before.get(key.name)
        ]
        if updates:
            workflow.upsert_search_attributes(updates)


def _view(case: Case) -> Purchase:
    """The purchase as the outside sees it."""
    attempt, pending = case.attempt, case.state is State.PENDING_PAYMENT
    return Purchase(
        id=case.id,
        state=case.state,
        reason=case.reason,
        version=case.version,
        created_time=case.created,
        updated_time=workflow.now(),
        customer_message=case.message,
        waiting_for=waiting.waiting_for(case),
        needs_attention=case.callers.shown(),
        cancellation=case.wishes.shown(),
        hold=case.hold,
        continued_as=next(reversed(case.continued.values()), None),
        checkout=attempt.checkout,
        order=attempt.reading.order if attempt.reading else None,
        next_action=case.next_action,
        payment_deadline=case.payment_deadline if pending else None,
        items=attempt.lines,
        fulfillments=(*attempt.fulfillments, *map(waiting.held, attempt.held)),
        refunds=tuple(case.refunds.values()),
        returns=tuple(case.returns.values()),
        documents=tuple(each for each in case.documents.values() if each is not None),
    )
