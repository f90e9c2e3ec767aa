"""A random program: an order lives, its events come late, twice, shuffled or never, and we act."""

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from ferryman.purchase.messages import Cancellation, CancelledItem, Hint, ShipmentItem
from ferryman.purchase.purchase import Party
from ferryman.purchase.readings import OrderReading, Standing
from ferryman.purchase.request import Item
from ferryman.purchase.states import State
from tests.properties.ours import Ours
from tests.properties.river import CREATED, FLOWS, River, RiverItem

LINES = ("1", "2")
ITEMS = tuple(Item(line_id=line, sku_id=f"sku-{line}", quantity=3, price=1) for line in LINES)
HARMLESS = [hint for hint in Hint if hint not in {Hint.CANCELLED, Hint.CHARGE_FAILED}]
"""Even where they are told too early or of nothing at all."""

lines = st.sampled_from(LINES)
movements = st.builds(
    lambda line, quantity, cancelled: (
        ShipmentItem(line_id=line, quantity=quantity, cancel_quantity=cancelled),
    ),
    lines,
    st.integers(1, 3),
    st.integers(0, 1),
)


def stands(*standings: Standing):
    """Only where the order stands so."""
    return precondition(lambda machine: machine.river.standing in standings)


def fierce(method):
    """Not in peaceful programs."""
    return precondition(lambda machine: not machine.peaceful)(method)


def ours_is(*states: State):
    """Only where the purchase is so far."""
    return precondition(lambda machine: machine.ours.state in states)


class Program(RuleBasedStateMachine):
    """One program; a rule is something that Digital River, the shopper or the merchant does."""

    @initialize(flow=st.sampled_from(FLOWS), early=st.booleans(), peaceful=st.booleans())
    def order(self, *, flow: str, early: bool, peaceful: bool) -> None:
        """The order is created; in peaceful programs nobody gives it up, so that they go far."""
        self.peaceful = peaceful
        self.steps = self.orders = 0
        self.ours = Ours(ITEMS, redirect=flow == "redirect")
        self._order(flow, early=early)

    @ours_is(State.PAYMENT_FAILED)
    @rule(flow=st.sampled_from(FLOWS), early=st.booleans())
    def order_again(self, *, flow: str, early: bool) -> None:
        """The payment came to nothing; the shopper tries again."""
        self.ours.state = State.SUBMITTING
        self.ours.begin(redirect=flow == "redirect")
        self._order(flow, early=early)

    def _order(self, flow: str, *, early: bool) -> None:
        self.orders += 1
        items = {item.line_id: RiverItem(item.quantity) for item in self.ours.items}
        self.river = River(str(self.orders), flow, items, takes_early_cancels=early)
        self.flow = flow
        self.late: list[Hint] = []
        self.poll: OrderReading | None = None
        self.ended: State | None = None
        self.newest = CREATED
        self.ours.look(self.river.reading())

    # Digital River

    @stands(Standing.PENDING)
    @rule(review=st.booleans())
    def is_paid(self, *, review: bool) -> None:
        """The money arrives."""
        self.river.pay(review=review)

    @fierce
    @stands(Standing.PENDING)
    @rule(how=st.sampled_from(["cancelled", "charge_failed", "both"]))
    def is_not_paid(self, how: str) -> None:
        """The window closes at Digital River."""
        self.river.end_unpaid(how)

    @stands(Standing.IN_REVIEW)
    @rule(passed=st.booleans())
    def is_reviewed(self, *, passed: bool) -> None:
        """The review ends."""
        self.river.decide(passed=passed)

    @fierce
    @precondition(lambda self: not self.river.shipped)
    @stands(Standing.ACCEPTED)
    @rule()
    def is_cancelled_elsewhere(self) -> None:
        """Somebody cancels the order in the Dashboard."""
        self.river.cancel_all()

    @stands(Standing.FULFILLED)
    @rule()
    def is_captured(self) -> None:
        """The last capture completes."""
        self.river.capture()

    @precondition(lambda self: self.river.captured or self.flow == "push")
    @stands(Standing.ACCEPTED, Standing.FULFILLED, Standing.COMPLETE)
    @rule()
    def is_disputed(self) -> None:
        """A dispute opens."""
        self.river.dispute()

    @stands(Standing.DISPUTED)
    @rule()
    def is_resolved(self) -> None:
        """The dispute closes."""
        self.river.resolve()

    @stands(Standing.FULFILLED, Standing.COMPLETE)
    @rule()
    def is_returned(self) -> None:
        """Everything comes back."""
        self.river.give_back()

    # Its events and what we see

    @precondition(lambda self: self.river.events)
    @rule(fate=st.sampled_from(["told", "last first", "twice", "lost", "late"]))
    def event(self, fate: str) -> None:
        """An event is delivered, or what else may become of it."""
        events = self.river.events
        hint = events.pop() if fate == "last first" else events.popleft()
        if fate == "late":
            self.late.append(hint)
        for _ in range({"lost": 0, "late": 0, "twice": 2}.get(fate, 1)):
            self.ours.hear(hint, self.river)

    @precondition(lambda self: self.late)
    @rule()
    def late_event(self) -> None:
        """One comes long after the others."""
        self.ours.hear(self.late.pop(), self.river)

    @rule(hint=st.sampled_from(HARMLESS))
    def contradiction(self, hint: Hint) -> None:
        """An event tells what is not so."""
        self.ours.hear(hint, self.river)

    @rule()
    def poll_leaves(self) -> None:
        """The watch looks at the order; what it brings may be overtaken."""
        self.poll = self.river.reading()

    @precondition(lambda self: self.poll is not None)
    @rule()
    def poll_arrives(self) -> None:
        """The look reaches the purchase."""
        self.ours.take_poll(self.poll)
        self.poll = None

    @fierce
    @ours_is(State.PENDING_PAYMENT)
    @rule()
    def deadline(self) -> None:
        """The payment window with its grace is over."""
        self.ours.attempt.told.window_closed = True
        self.ours.look(self.river.reading())

    # The shopper and the merchant

    @precondition(lambda self: self.flow == "redirect")
    @ours_is(State.PENDING_PAYMENT)
    @rule()
    def shopper_is_back(self) -> None:
        """The shopper returns from the redirect, which is looked at."""
        self.ours.attempt.told.back = True
        self.ours.look(self.river.reading())

    @rule(movement=movements)
    def shipment(self, movement: tuple[ShipmentItem, ...]) -> None:
        """The warehouse reports a parcel."""
        self.ours.ship(movement, self.river)

    @fierce
    @rule(by=st.sampled_from(Party))
    def cancellation(self, by: Party) -> None:
        """Somebody wants nothing of it any more."""
        self.ours.cancel(Cancellation(by=by, reason="all of it"), self.river)

    @rule(item=st.builds(CancelledItem, line_id=lines, quantity=st.integers(1, 2)))
    def cancellation_of_a_line(self, item: CancelledItem) -> None:
        """Somebody wants less."""
        self.ours.cancel(Cancellation(by=Party.CUSTOMER, reason="less", items=(item,)), self.river)

    @precondition(lambda self: self.ours.wishes)
    @rule()
    def ask_again(self) -> None:
        """What was refused is asked for again."""
        self.ours.carry_out(self.river)
