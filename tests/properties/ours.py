"""Our side without Temporal: the real settlement, hints and ledger, driven as the flow does."""

from ferryman.purchase import lines as ledger
from ferryman.purchase.lines import OverQuantity
from ferryman.purchase.messages import Cancellation, Hint, ShipmentItem
from ferryman.purchase.readings import OrderReading, Standing
from ferryman.purchase.request import Item
from ferryman.purchase.rules import Call, Verdict, judge
from ferryman.purchase.states import FINAL, TRANSITIONS, CancelReason, State
from tests.properties.river import CREATED, River
from workflows.attempt import Attempt
from workflows.cancellation import CANCELLABLE
from workflows.hints import heard, is_news
from workflows.settlement import way

Movement = tuple[ShipmentItem, ...]


class Ours:
    """One purchase about one order, from the answer to its creation on."""

    def __init__(self, items: tuple[Item, ...], *, redirect: bool = False) -> None:
        self.items = items
        self.state = State.SUBMITTING
        self.reason: CancelReason | None = None
        self.before_dispute: State | None = None
        self.wishes: list[Cancellation] = []
        self.held: list[Movement] = []
        self.begin(redirect=redirect)

    def begin(self, *, redirect: bool) -> None:
        """A new attempt at an order, about what the last one has left."""
        self.attempt = Attempt(lines=ledger.ordered(self.items))
        self.attempt.told.redirect = redirect

    def look(self, reading: OrderReading) -> None:
        """Take a look at the order into account."""
        self.attempt.see(reading)
        self.settle()

    def take_poll(self, reading: OrderReading) -> None:
        """A look that may have been overtaken by a later one."""
        if reading.is_news_to(self.attempt.reading):
            self.look(reading)

    def hear(self, hint: Hint, river: River) -> None:
        """An event of the order has come."""
        self.hear_and_see(hint, river.reading())

    def hear_and_see(self, hint: Hint, reading: OrderReading) -> None:
        """An event has come; the order shows this where it is read again."""
        self.attempt.told = heard(self.attempt.told, hint)
        if is_news(self.state, hint):
            self.look(reading)

    def settle(self) -> None:
        """Move, and hold every move against the table."""
        if self.attempt.reading is None:
            return
        whole = next((wish for wish in self.wishes if wish.items is None), None)
        facts = self.attempt.facts(whole.by if whole else None)
        for settled in way(self.state, self.attempt.reading, facts):
            assert settled.state in TRANSITIONS[self.state], f"{self.state} to {settled.state}"
            assert (settled.reason is not None) == (settled.state is State.CANCELLED)
            if self.state is State.DISPUTED:
                assert settled.state is self.before_dispute
            if settled.state is State.DISPUTED:
                self.before_dispute = self.state
            self.attempt.moved(self.state, settled.state, CREATED)
            self.state, self.reason = settled.state, settled.reason
        if self.state in FINAL:
            self.wishes.clear()
        if self.state is State.PAYMENT_FAILED:
            self.items = ledger.not_cancelled(self.items, self.attempt.lines)
            self.begin(redirect=False)

    def ship(self, movement: Movement, river: River) -> None:
        """Report a parcel where the state and the ledger let us; hold it in a dispute."""
        if self.wishes or judge(self.state, Call.FULFILLMENTS) is not Verdict.TAKE:
            return
        try:
            lines = self.attempt.lines
            for waiting in self.held:
                lines = ledger.moved(lines, waiting)
            ledger.moved(lines, movement)
        except OverQuantity:
            return
        if self.state is State.DISPUTED:
            self.held.append(movement)
        else:
            self._report(movement, river)

    def cancel(self, wish: Cancellation, river: River) -> None:
        """Ask for a cancellation; what is refused is remembered."""
        if judge(self.state, Call.CANCEL) is Verdict.TAKE and self.attempt.order_id is not None:
            self.wishes.append(wish)
            self.carry_out(river)

    def carry_out(self, river: River) -> None:
        """Ask for all that is remembered."""
        if self.state not in CANCELLABLE:
            return
        self.attempt.asked_in = self.state
        for wish in list(self.wishes):
            movement = ledger.cancelling_at_most(self.attempt.lines, wish.items)
            if movement and self.state in CANCELLABLE:
                if not river.fulfill(movement):
                    return
                self.attempt.cancelled_by = wish.by
                self.attempt.lines = ledger.moved(self.attempt.lines, movement)
            if wish in self.wishes:
                self.wishes.remove(wish)
            self.settle()

    def follow_up(self, river: River) -> None:
        """What a new state asks for: the wishes, then the held parcels."""
        if self.wishes and self.attempt.asked_in is None:
            self.carry_out(river)
        while self.held and self.state is State.ACCEPTED and self._stands_accepted():
            self._report(self.held.pop(0), river)
        if self.state not in {State.ACCEPTED, State.DISPUTED}:
            self.held.clear()

    def _stands_accepted(self) -> bool:
        reading = self.attempt.reading
        return reading is not None and reading.standing is Standing.ACCEPTED

    def _report(self, movement: Movement, river: River) -> None:
        if not river.fulfill(movement):
            self.look(river.reading())
            if self.state is State.DISPUTED:
                self.held.append(movement)
            return
        self.attempt.lines = ledger.moved(self.attempt.lines, movement)
        self.settle()
