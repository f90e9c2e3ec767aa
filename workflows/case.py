"""One purchase at work: what the workflow knows of it, and the steps that it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman import search_attributes
    from ferryman.purchase import lines as ledger
    from ferryman.purchase.documents import Document
    from ferryman.purchase.messages import Begin
    from ferryman.purchase.operations import OPERATIONS, Hold, Operation
    from ferryman.purchase.purchase import NextAction, Refund, Return
    from ferryman.purchase.readings import OrderReading
    from ferryman.purchase.states import BEFORE_ORDER, FINAL, TRANSITIONS, CancelReason, State
    from ferryman.purchase.timeline import EntryKind

from . import refusals, wording
from .alarm import Alarm
from .attempt import Attempt
from .callers import Callers
from .desk import Desk
from .record import Record
from .settlement import Told
from .steps import Activity, Argument, If, Instead, Result, Step, Steps, never, nothing, unless
from .trouble import Trouble
from .wishes import Wishes

if TYPE_CHECKING:
    from .finding import Search
    from .leftover import Leftover

PREPARING = BEFORE_ORDER | {State.SUBMITTING}


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
        self.callers = Callers()
        known = search_attributes.at_start(self.checkout_deadline) if begin.adopts is None else {}
        self.record = Record(self, known)

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

    @property
    def version(self) -> int:
        """The version of it that the outside has been shown last."""
        return self.record.version

    def note(self, kind: EntryKind, name: str, **detail: object) -> None:
        """Write one thing that happened into the timeline; it is kept with the next publish."""
        self.record.note(kind, name, detail)

    async def publish(self) -> int:
        """Make the purchase known as it stands now, for good; gives the version that holds it."""
        return await self.record.keep()
