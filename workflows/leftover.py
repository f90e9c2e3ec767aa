"""Winding up an order that the purchase has left behind, so that nobody is charged for nothing."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.fulfillments import CancelOrder, FulfillmentActivities
    from ferryman.purchase.readings import ENDED, PAID, OrderReading
    from ferryman.purchase.states import State
    from ferryman.purchase.timeline import EntryKind

from . import wording
from .case import Case
from .decision import called_for, next_reading, reread
from .steps import unless


class Leftover:
    """One order left behind, until it has ended at the provider."""

    def __init__(self, case: Case, reading: OrderReading) -> None:
        self._case = case
        self._heard = False
        self._shown: OrderReading | None = None
        self._given_back = False
        self._kept = False
        self.ended = False
        """The order has ended; what that means may still have to be made known."""
        self.over = False
        """All is done and told, so that the purchase may close."""
        self.reasons: set[str] = set()
        """Why a person is called for this order now."""
        self._task = asyncio.create_task(self._wind_up(reading))

    @property
    def is_open(self) -> bool:
        """True until it has ended, or another purchase keeps it."""
        return not (self.ended or self._kept)

    @property
    def is_late(self) -> bool:
        """True where money has come for it and a person has to say what becomes of the money."""
        return self.is_open and not self._given_back and wording.LATE_MONEY in self.reasons

    @property
    def is_refused(self) -> bool:
        """True where Digital River would not cancel it."""
        return self.is_open and wording.ORDER_LEFT_OPEN in self.reasons

    def hear(self) -> None:
        """There is news of this order, or somebody asks: look again."""
        self._heard = True

    def give_back(self) -> None:
        """Have it cancelled although money has come for it."""
        self._given_back = self._heard = True
        self._dismiss(wording.LATE_MONEY)

    def let_go(self) -> None:
        """Watch it no more, since another purchase keeps it."""
        self._kept = self._heard = True
        self._dismiss(wording.LATE_MONEY)
        self._dismiss(wording.ORDER_LEFT_OPEN)

    def see(self, reading: OrderReading) -> None:
        """The order as somebody else has just read it."""
        self._shown = reading

    async def _wind_up(self, reading: OrderReading) -> None:
        asked = False
        while reading.standing not in ENDED and not self._kept:
            paid = reading.standing in PAID
            if reading.cancel_failed:
                await self._call_person(wording.CANCEL_FAILED)
            elif paid and self._belongs_to_nobody_else():
                # Whether late money is to be kept or given back is a person's to say.
                self._dismiss(wording.ORDER_LEFT_OPEN)
                await self._call_person(wording.LATE_MONEY)
            elif paid or not asked:
                asked = await self._cancel(reading)
            reading = await self._next(reading)
        if reading.cancel_failed and not self._kept:
            await self._call_person(wording.CANCEL_FAILED)
        # Before it is shown: what a closed purchase says, it says for ever.
        self.ended = True
        await self._show(reading)
        self.over = True

    async def _show(self, reading: OrderReading) -> None:
        """A purchase that has cancelled its order closes with the order as it ended."""
        own = reading.order.id == self._case.order_id
        if own:
            self._case.attempt.see(reading)
        if own or self.reasons:
            self._dismiss(wording.ORDER_LEFT_OPEN)
            if not reading.cancel_failed:
                self._dismiss(wording.CANCEL_FAILED)
                if reading.standing not in PAID:
                    # Given back elsewhere: there is nothing left to decide.
                    self._dismiss(wording.LATE_MONEY)
            await self._case.publish()

    def _dismiss(self, reason: str) -> None:
        """Nobody need come for this order, unless another one stands for the same reason."""
        self.reasons.discard(reason)
        if not called_for(self._case, reason):
            self._case.dismiss_person(reason)

    def _belongs_to_nobody_else(self) -> bool:
        if self._given_back:
            return False
        return self._case.state is State.CANCELLED and self._case.attempt.cancelled_by is None

    async def _cancel(self, reading: OrderReading) -> bool:
        case, order_id = self._case, reading.order.id
        result = await case.move_money(
            FulfillmentActivities.cancel_order,
            CancelOrder(purchase_id=case.id, order_id=order_id),
            "cancel the order left behind",
            beside=True,
        )
        if result.problem is not None:
            case.note(
                EntryKind.STEP, "cancellation_refused", orderId=order_id, code=result.problem.code
            )
            await self._call_person(wording.ORDER_LEFT_OPEN)
            return False
        nothing_left = result.fulfillment_id is None
        if nothing_left and reading.standing in PAID and order_id != case.order_id:
            # A replaced order of which everything was cancelled before, and yet it is paid for.
            await self._call_person(wording.LATE_MONEY)
            return True
        if not nothing_left:
            case.note(EntryKind.STEP, "order_cancelled", orderId=order_id)
            await case.publish()
        return True

    async def _call_person(self, reason: str) -> None:
        self.reasons.add(reason)
        self._case.call_person(reason)
        await self._case.publish()

    async def _next(self, reading: OrderReading) -> OrderReading:
        found = await unless(
            lambda: self._heard or self._shown is not None, next_reading(self._case, reading)
        )
        shown, self._shown, self._heard = self._shown, None, False
        if self._kept:
            return found or reading
        return found or shown or await reread(self._case, reading.order.id, beside=True)


def wind_up(case: Case, reading: OrderReading) -> None:
    """Cancel this order, and watch it until it has ended; never one that another purchase keeps."""
    if reading.order.id in case.continued:
        return
    known = case.leftovers.get(reading.order.id)
    if known is not None and not known.ended:
        known.see(reading)
    elif reading.standing not in ENDED:
        case.leftovers[reading.order.id] = Leftover(case, reading)


def all_wound_up(case: Case) -> bool:
    """True where no order is left behind."""
    return not case.abandoned and all(left.over for left in case.leftovers.values())
