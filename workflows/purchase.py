"""The flow of one purchase, from its checkout to its end; read `_carry` from top to bottom."""

import asyncio
from collections.abc import Awaitable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import (
        Adoption,
        AfterSale,
        Answer,
        Begin,
        Intervention,
        KeyedCancellation,
        ProviderEvent,
        Shipment,
        SourceChoice,
        Submission,
    )
    from ferryman.purchase.purchase import Party
    from ferryman.purchase.request import Change
    from ferryman.purchase.rules import Call, Verdict, judge
    from ferryman.purchase.states import BEFORE_ORDER, State
    from ferryman.purchase.timeline import EntryKind

from . import (
    adoption,
    after_sale,
    cancellation,
    checkout,
    fulfillment,
    operations,
    order,
    refusals,
)
from .alarm import Alarm
from .attending import attend
from .case import Case
from .desk import Ask
from .leftover import all_wound_up

OPEN_AFTER_ORDER = frozenset({State.ACCEPTED, State.DISPUTED, State.FULFILLED})


@workflow.defn(name="Purchase")
class Purchase:
    """One purchase: the only writer of its record, the lock of its order, its line ledger."""

    @workflow.init
    def __init__(self, begin: Begin) -> None:
        self._case = Case(begin)
        self._built = False

    @workflow.run
    async def run(self, begin: Begin) -> str:
        """Carry the purchase to its end and say which state that is."""
        await self._uninterrupted(self._carry(begin.adopts))
        return self._case.state

    async def _carry(self, adopts: Adoption | None) -> None:
        case = self._case
        if adopts is None:
            await self._shop()
        else:
            # The order is there already
            await adoption.adopt(case, adopts)
            self._built = True
            await order.decide(case)
        # Fulfilling an order
        await attend(case, lambda: case.state not in OPEN_AFTER_ORDER)
        await self._close()

    async def _shop(self) -> None:
        case = self._case
        with self._expiry():
            # Building a checkout
            await checkout.build(case)
            self._built = True
            while case.state in BEFORE_ORDER:
                submission = await self._shopping()
                # Creating an order
                if submission is not None:
                    await submission.perform()
                # 201 Created: pending payment, in review or accepted
                await order.decide(case)

    async def _shopping(self) -> Ask | None:
        """Wait for the shopper's submission; None where the purchase was cancelled or expired."""
        case = self._case
        case.desk.submission = None
        alarms = [case.expiry] if case.expiry else []
        await attend(
            case,
            lambda: case.desk.submission is not None or case.state not in BEFORE_ORDER,
            *alarms,
        )
        return case.desk.submission

    async def _close(self) -> None:
        """Stay until nothing is left behind or unsaved, and every caller has an answer."""
        case = self._case
        while True:
            await attend(case, lambda: _all_done(case))
            await workflow.wait_condition(
                lambda: workflow.all_handlers_finished() or case.desk.busy
            )
            if not _all_done(case):
                continue
            if not case.record.unsaved:
                return
            await case.publish()

    def _expiry(self) -> Alarm:
        case = self._case
        case.expiry = Alarm(case.checkout_deadline, "checkout window", self._expire)
        return case.expiry

    async def _expire(self) -> None:
        self._case.note(EntryKind.TIMER, "checkout_window_closed")
        if self._case.state in BEFORE_ORDER:
            self._case.move(State.EXPIRED)
        await self._case.publish()

    async def _uninterrupted(self, flow: Awaitable[None]) -> None:
        """Let no cancellation from the Web UI tear a step apart: it becomes the merchant's wish."""
        task = asyncio.ensure_future(flow)
        while not task.done():
            try:
                await workflow.wait([task])
            except asyncio.CancelledError:
                if (current := asyncio.current_task()) is not None:
                    current.uncancel()
                self._cancelled_by_operator()
        task.result()

    def _cancelled_by_operator(self) -> None:
        wish = KeyedCancellation(by=Party.MERCHANT, reason="cancellation requested in Temporal")
        case = self._case
        if judge(case.state, Call.CANCEL) is not Verdict.TAKE:
            return
        if case.state is State.SUBMITTING:
            case.wishes.add(wish)
        else:
            ask = Ask(Call.CANCEL, lambda: cancellation.cancel(case, wish), urgent=True)
            case.desk.asks.append(ask)

    # What the merchant asks

    @workflow.update(name="checkout", description="Answers once the first checkout stands")
    async def checkout(self) -> Answer:
        """Wait for the first checkout; a refused one is the caller's to mend."""
        case = self._case
        await workflow.wait_condition(lambda: self._built)
        if case.attempt.checkout is None and case.attempt.problem is not None:
            raise refusals.refused(case.attempt.problem)
        return Answer(version=case.version)

    @workflow.update(name="patch", description="Changes the checkout before submission")
    async def patch(self, change: Change) -> Answer:
        """Change the checkout."""
        return await self._case.desk.ask(
            Ask(Call.PATCH, lambda: checkout.patch(self._case, change))
        )

    @patch.validator
    def _check_patch(self, change: Change) -> None:
        self._judge(Call.PATCH)
        checkout.with_change(self._case, change)

    @workflow.update(name="source", description="Attaches the shopper's payment source")
    async def source(self, choice: SourceChoice) -> Answer:
        """Attach a source."""
        return await self._case.desk.ask(
            Ask(Call.SOURCE, lambda: checkout.attach(self._case, choice))
        )

    @source.validator
    def _check_source(self, choice: SourceChoice) -> None:
        self._judge(Call.SOURCE)
        if choice.save_for_future and self._case.request.customer is None:
            raise refusals.invalid(("/saveForFuture", "only a registered customer can save"))

    @workflow.update(name="submit", description="The shopper orders; creates the order")
    async def submit(self, submission: Submission) -> Answer:
        """Create the order; a repeat while it is under way waits for the same outcome."""
        case = self._case
        if case.state is State.SUBMITTING and case.desk.submission is not None:
            under_way = case.desk.submission
            await workflow.wait_condition(under_way.answer.done)
            return under_way.answer.result()
        return await case.desk.ask(Ask(Call.SUBMIT, lambda: order.create(case, submission)))

    @submit.validator
    def _check_submit(self, submission: Submission) -> None:
        del submission
        self._judge(Call.SUBMIT)

    @workflow.update(name="refresh", description="The shopper is back from a redirect")
    async def refresh(self) -> Answer:
        """Ask the provider what came of the redirect."""
        return await self._case.desk.ask(Ask(Call.REFRESH, lambda: order.refresh(self._case)))

    @refresh.validator
    def _check_refresh(self) -> None:
        self._judge(Call.REFRESH)

    @workflow.update(name="fulfillments", description="What was shipped or could not be")
    async def fulfillments(self, shipment: Shipment) -> Answer:
        """Report a shipment."""
        case = self._case
        return await case.desk.ask(
            Ask(
                Call.FULFILLMENTS,
                lambda: fulfillment.ship(case, shipment),
                known=lambda: fulfillment.settled(case, shipment),
                refused=lambda: fulfillment.refuse(case, shipment),
            )
        )

    @fulfillments.validator
    def _check_fulfillments(self, shipment: Shipment) -> None:
        if not fulfillment.settled(self._case, shipment):
            self._judge(Call.FULFILLMENTS)
            fulfillment.check(self._case, shipment)

    @workflow.update(name="cancel", description="Cancels the purchase or some of its lines")
    async def cancel(self, wanted: KeyedCancellation) -> Answer:
        """Cancel; what cannot be done now is remembered."""
        case = self._case
        if case.state is State.SUBMITTING:
            case.wishes.add(wanted)
            return Answer(version=await case.publish(), done=False)
        return await case.desk.ask(
            Ask(
                Call.CANCEL,
                lambda: cancellation.cancel(case, wanted),
                known=lambda: cancellation.known(case, wanted),
                refused=lambda: cancellation.refuse(case),
                urgent=wanted.items is None,
            )
        )

    @cancel.validator
    def _check_cancel(self, wanted: KeyedCancellation) -> None:
        case = self._case
        if cancellation.known(case, wanted):
            return
        self._judge(Call.CANCEL)
        if case.state is not State.CANCELLED:
            cancellation.check(case, wanted)

    # What an operator does

    @workflow.update(
        name="operate",
        description="An operator's act: action, reason and actor; orderId or until where needed",
    )
    async def operate(self, act: Intervention) -> Answer:
        """Intervene, beside whatever the flow waits for or in its turn."""
        return await operations.perform(self._case, act)

    @operate.validator
    def _check_operate(self, act: Intervention) -> None:
        operations.check(self._case, act)

    # What the provider tells

    @workflow.signal(name="provider_events", description="Verified webhook events")
    def provider_events(self, events: list[ProviderEvent]) -> None:
        """Take events; a second one of the same id changes nothing."""
        for event in events:
            self._case.desk.hear(event)

    # What happens after the sale

    @workflow.signal(name="after_sale", description="What became of a refund or a return")
    async def after_sale(self, told: AfterSale) -> None:
        """Show what the workflow of a refund or a return tells, however long a step may take."""
        await workflow.wait_condition(lambda: self._built)
        await after_sale.take(self._case, told)

    def _judge(self, call: Call) -> None:
        if judge(self._case.state, call) is Verdict.REFUSE:
            raise refusals.not_in_state(self._case.state, call)


def _all_done(case: Case) -> bool:
    return all_wound_up(case) and not case.under_way and not case.desk.busy
