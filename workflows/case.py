"""One purchase at work: what the workflow knows of it, and how a change is made known."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.records import RecordActivities, Saving
    from ferryman import search_attributes
    from ferryman.purchase import lines as ledger
    from ferryman.purchase.documents import Document
    from ferryman.purchase.messages import Begin
    from ferryman.purchase.operations import OPERATIONS, Hold, Operation
    from ferryman.purchase.purchase import NextAction, Purchase, Refund, Return
    from ferryman.purchase.readings import OrderReading
    from ferryman.purchase.states import (
        BEFORE_ORDER,
        FINAL,
        TRANSITIONS,
        CancelReason,
        State,
    )
    from ferryman.purchase.timeline import EntryKind, TimelineEntry

from . import explaining, refusals, showing, waiting, wording
from .alarm import Alarm
from .attempt import Attempt
from .callers import Callers
from .desk import Desk
from .settlement import Told
from .steps import Activity, Argument, If, Instead, Result, Step, Steps, never, nothing, unless
from .trouble import Trouble
from .wishes import Wishes

if TYPE_CHECKING:
    from .finding import Search
    from .leftover import Leftover


PREPARING = BEFORE_ORDER | {State.SUBMITTING}
MOST_UNSAVED = 20
"""What is only shown is written anew with each more of it."""


class Case:
    """The state of one purchase; only its workflow writes it."""

    def __init__(self, begin: Begin) -> None:
        self.id = begin.id
        self.request = begin.request
        self.policy = begin.policy
        self.steps = Steps(begin.policy)
        self.created = workflow.now()
        self.state = State.CHECKOUT
        self.reason: CancelReason | None = None
        self.message: str | None = None
        self.wishes = Wishes()
        self.hold: Hold | None = None
        self.continued: dict[str, str] = {}
        """Orders whose late money another purchase keeps, and which one."""
        # The present attempt, and what is left of those before it
        self.attempt = Attempt(lines=ledger.ordered(begin.request.items))
        self.search: Search | None = None
        """While an order is made, or looked for."""
        self.checkouts: list[str] = []
        self.built = 0
        self.abandoned: list[OrderReading] = []
        self.leftovers: dict[str, Leftover] = {}
        self.under_way: set[asyncio.Task[None]] = set()
        # After the sale
        self.refunds: dict[str, Refund] = {}
        self.returns: dict[str, Return] = {}
        self.documents: dict[str, Document | None] = {}
        # What comes in
        self.desk = Desk()
        self.expiry: Alarm | None = None
        self.put_off: datetime | None = None
        """To when an operator has put off the end of the checkout window."""
        # Making it known
        self.troubles: list[Trouble] = []
        self.version = 0
        self.sequence = 0
        self.callers = Callers()
        self.happened: deque[TimelineEntry] = deque(maxlen=explaining.MOST_TOLD)
        self._unsaved: list[TimelineEntry] = []
        self._shown = 0
        self._publishing = asyncio.Lock()
        self._attributes: Mapping[str, object] = {}
        if begin.adopts is None:
            self._attributes = search_attributes.at_start(self.checkout_deadline)

    # What follows from what we know

    @property
    def checkout_deadline(self) -> datetime:
        """When an unsubmitted purchase expires."""
        return self.put_off or self.created + self.policy.checkout_window

    @property
    def expired(self) -> bool:
        """True once the checkout window has closed."""
        return self.expiry is not None and self.expiry.passed

    @property
    def payment_deadline(self) -> datetime | None:
        """Until when the order may be paid, counted from its creation unless it was put off."""
        attempt = self.attempt
        if attempt.reading is None:
            return None
        if (put_off := attempt.put_off.get(State.PENDING_PAYMENT)) is not None:
            return put_off - self.policy.payment_grace
        redirect = attempt.told.redirect
        window = self.policy.payment_window(attempt.source_type, redirect=redirect)
        return attempt.reading.created_time + window

    @property
    def provider_away(self) -> bool:
        """True while the flow waits for a step that fails."""
        return any(not trouble.beside for trouble in self.troubles)

    @property
    def order_id(self) -> str | None:
        """The order that this purchase is about now."""
        return self.attempt.order_id

    @property
    def next_action(self) -> NextAction | None:
        """What the shopper has to do to pay; the provider keeps it in paid orders, we do not."""
        if self.state is not State.PENDING_PAYMENT or self.attempt.reading is None:
            return None
        return self.attempt.reading.next_action

    def facts(self) -> Told:
        """What the settlement has to know besides the order."""
        whole = self.wishes.whole
        return self.attempt.facts(whole.by if whole else None)

    # Changing it

    def note(self, kind: EntryKind, name: str, **detail: Any) -> None:
        """Write one thing that happened into the timeline; it is saved with the next publish."""
        self.sequence += 1
        told = {key: value for key, value in detail.items() if value is not None}
        entry = TimelineEntry(
            sequence=self.sequence, time=workflow.now(), kind=kind, name=name, detail=told
        )
        self.happened.append(entry)
        self._unsaved.append(entry)

    def move(self, state: State, reason: CancelReason | None = None) -> None:
        """Enter `state`. A move against the table is a bug, which keeps the purchase as it is."""
        if state not in TRANSITIONS[self.state]:
            raise RuntimeError(f"a purchase cannot move from {self.state} to {state}")
        self.attempt.moved(self.state, state, workflow.now())
        if self.state in PREPARING and state not in PREPARING:
            # Whatever broke off on the way to an order is past.
            self.dismiss_person(wording.INTERRUPTED)
        if state in FINAL:
            self.wishes.clear()
        self.state, self.reason = state, reason
        if Operation.RELEASE not in OPERATIONS[state]:
            # Nothing is left that could leave, and nobody could let it.
            self.hold = None
        self.message = wording.for_shopper(self)
        self.dismiss_person(*wording.PASSING)
        self.note(EntryKind.STATE, state.value, reason=reason.value if reason else None)

    def call_person(self, reason: str, **detail: Any) -> None:
        """Ask for a person, once for each reason that stands."""
        if self.callers.add(reason):
            self.note(EntryKind.STEP, "needs_attention", reason=reason, **detail)

    def dismiss_person(self, *reasons: str) -> None:
        """Whoever was called for one of these reasons need not come any more."""
        self.callers.remove(*reasons)

    def call_or_dismiss(self, reason: str, *, called: bool) -> None:
        """Ask for a person exactly as long as the reason stands."""
        if called:
            self.call_person(reason)
        else:
            self.dismiss_person(reason)

    async def prepare(
        self,
        activity: Activity[Argument, Result],
        argument: Argument,
        summary: str,
        *,
        beside: bool = False,
    ) -> Result:
        """Take a step that prepares; where the provider is away, say so while waiting.

        The flow itself does not wait for a step `beside` it. Raises GivenUp where an operator will
        not wait for it either.
        """
        async with Trouble(self, summary, beside=beside) as trouble:
            step = self.steps.prepare(activity, argument, summary, trouble.begin)
            result = await unless(lambda: self.desk.insisted and not beside, step)
            if result is None:
                raise refusals.GivenUp
            return result

    async def move_money(
        self,
        activity: Activity[Step, Result],
        step: Step,
        summary: str,
        *,
        beside: bool = False,
        instead: Instead[Result] = nothing,
        given_up: If = never,
    ) -> Result:
        """Take a step that moves money or goods; where the provider is away, say so."""
        async with Trouble(self, summary, beside=beside) as trouble:
            return await self.steps.move_money(
                activity, step, summary, trouble.begin, instead, given_up
            )

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the flow, which ends only after it."""
        task = asyncio.create_task(work)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    # Making it known

    def view(self) -> Purchase:
        """The purchase as the outside sees it."""
        return Purchase(
            id=self.id,
            state=self.state,
            reason=self.reason,
            version=self.version,
            created_time=self.created,
            updated_time=workflow.now(),
            customer_message=self.message,
            waiting_for=waiting.waiting_for(self),
            needs_attention=self.callers.shown(),
            cancellation=self.wishes.shown(),
            hold=self.hold,
            continued_as=next(reversed(self.continued.values()), None),
            checkout=self.attempt.checkout,
            order=self.attempt.reading.order if self.attempt.reading else None,
            next_action=self.next_action,
            payment_deadline=self.payment_deadline if self.state is State.PENDING_PAYMENT else None,
            items=self.attempt.lines,
            fulfillments=(*self.attempt.fulfillments, *map(waiting.held, self.attempt.held)),
            refunds=tuple(self.refunds.values()),
            returns=tuple(self.returns.values()),
            documents=tuple(each for each in self.documents.values() if each is not None),
        )

    async def publish(self) -> int:
        """Show the change in the Web UI, find it by search, keep it in the records.

        Returns the version that holds it.
        """
        # A cancellation that comes while the order is created publishes beside the flow.
        async with self._publishing:
            saving = self._next_version()
            self._unsaved, self._shown = [], 0
            self._upsert_attributes(saving.purchase)
            try:
                await self.steps.prepare(RecordActivities.save, saving, "keep the record")
            except asyncio.CancelledError:
                # Given up with the step that published; the next publish tells it again.
                self._unsaved, self._shown = [*saving.entries, *self._unsaved], 0
                raise
        return saving.purchase.version

    @property
    def unsaved(self) -> bool:
        """True where something has at most been shown."""
        return bool(self._unsaved)

    async def mention(self) -> None:
        """Show what moves nothing; it costs no event of the history.

        The next publish keeps it for good: where a worker dies meanwhile, it shows as late as that.
        """
        moves = search_attributes.of(self.view()) != self._attributes
        if not moves and len(self._unsaved) < MOST_UNSAVED:
            self.foretell()
        else:
            await self.publish()

    def foretell(self) -> None:
        """Show a state that lasts as long as one call; the search finds it once that fails."""
        showing.show(self._next_version())
        self._shown = len(self._unsaved)

    def _next_version(self) -> Saving:
        # A task that runs again has a longer history: what it says is newer, and shows it.
        length = workflow.info().get_current_history_length()
        self.version = max(self.version + 1, length)
        purchase = self.view()
        workflow.set_current_details(explaining.details(self, purchase))
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
