"""A small Digital River: an order that walks the documented lifecycle and tells of it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ferryman.purchase.messages import Hint, ShipmentItem
from ferryman.purchase.purchase import Order
from ferryman.purchase.readings import Funds, OrderedItem, OrderReading, Standing

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
FLOWS = ("card", "review", "push", "redirect")


def snapshot(standing: Standing, taken: int = 0, **more: object) -> OrderReading:
    """A look at order 1, which stands so, at a time counted in seconds."""
    told = {"order_id": "1", "funds": Funds.SETTLED, "items": (), **more}
    order_id = told.pop("order_id")
    return OrderReading(
        order=Order(id=order_id, state=standing.value),
        standing=standing,
        created_time=CREATED,
        taken=CREATED + timedelta(seconds=taken),
        mark=f"{standing}|{told}",
        **told,
    )


@dataclass
class RiverItem:
    """One line as Digital River counts it."""

    quantity: int
    shipped: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        """What may still be shipped or cancelled."""
        return self.quantity - self.shipped - self.cancelled


@dataclass
class River:
    """One order and the events that it has not told yet."""

    id: str
    flow: str
    items: dict[str, RiverItem]
    takes_early_cancels: bool = True

    standing: Standing = Standing.PENDING
    funds: Funds = Funds.AWAITED
    charge_failed: bool = False
    captured: bool = False
    before_dispute: Standing = Standing.ACCEPTED
    was: set[Standing] = field(default_factory=set)
    events: deque[Hint] = field(default_factory=deque)
    asked_too_much: int = 0
    asked_too_early: int = 0
    clock: int = 0

    def __post_init__(self) -> None:
        if self.flow == "redirect":
            self.funds = Funds.AT_REDIRECT
        if self.flow in {"card", "review"}:
            self.pay(review=self.flow == "review")
        else:
            self._enter(Standing.PENDING, Hint.PENDING_PAYMENT)

    def reading(self) -> OrderReading:
        """The order as it stands now."""
        self.clock += 1
        return snapshot(
            self.standing,
            self.clock,
            order_id=self.id,
            funds=self.funds,
            charge_failed=self.charge_failed,
            items=tuple(OrderedItem(id=f"{self.id}-{line}", line_id=line) for line in self.items),
        )

    def pay(self, *, review: bool) -> None:
        """The money is there; it may have to be reviewed."""
        self.funds = Funds.SETTLED
        if review:
            self._enter(Standing.IN_REVIEW, Hint.IN_REVIEW)
        else:
            self._enter(Standing.ACCEPTED, Hint.ACCEPTED)

    def decide(self, *, passed: bool) -> None:
        """The review is over."""
        if passed:
            self._enter(Standing.ACCEPTED, Hint.ACCEPTED)
        else:
            self._enter(Standing.BLOCKED, Hint.BLOCKED)

    def end_unpaid(self, how: str) -> None:
        """No money: the documents tell it by either event, by both, or not at all."""
        self.funds = Funds.FAILED
        self.charge_failed = how != "cancelled"
        if how != "charge_failed":
            self._enter(Standing.CANCELLED, Hint.CANCELLED)
        if how != "cancelled":
            self.events.append(Hint.CHARGE_FAILED)

    def fulfill(self, movement: tuple[ShipmentItem, ...]) -> bool:
        """Ship or cancel; False where the order's state or its quantities refuse."""
        ships = any(item.quantity for item in movement)
        early = {Standing.PENDING, Standing.IN_REVIEW}
        if ships and self.standing in early | {Standing.BLOCKED}:
            self.asked_too_early += 1
        if self.standing not in {Standing.ACCEPTED, *(early if self.takes_early_cancels else ())}:
            return False
        if any(each.quantity + each.cancel_quantity > self._item(each).open for each in movement):
            self.asked_too_much += 1
            return False
        for each in movement:
            self._item(each).shipped += each.quantity
            self._item(each).cancelled += each.cancel_quantity
        self.captured |= ships
        self._resolve()
        return True

    def cancel_all(self) -> None:
        """Somebody cancels what is open behind our back."""
        for item in self.items.values():
            item.cancelled += item.open
        self._resolve()

    def capture(self) -> None:
        """The last money comes in."""
        self._enter(Standing.COMPLETE, Hint.MONEY_MOVED, Hint.COMPLETE)

    def dispute(self) -> None:
        """A bank asks for its money back."""
        self.before_dispute = self.standing
        self._enter(Standing.DISPUTED, Hint.DISPUTED)

    def resolve(self) -> None:
        """The dispute is over; the order is where it was."""
        self._enter(self.before_dispute, Hint.RESOLVED)

    def give_back(self) -> None:
        """Everything is returned or refunded."""
        self._enter(Standing.RETURNED, Hint.REFUNDED)

    @property
    def shipped(self) -> int:
        """How many pieces have gone out."""
        return sum(item.shipped for item in self.items.values())

    def _item(self, movement: ShipmentItem) -> RiverItem:
        return self.items[movement.line_id]

    def _resolve(self) -> None:
        if any(item.open for item in self.items.values()):
            return
        if self.shipped:
            self._enter(Standing.FULFILLED, Hint.FULFILLED)
        else:
            self._enter(Standing.CANCELLED, Hint.CANCELLED)

    def _enter(self, standing: Standing, *hints: Hint) -> None:
        self.standing = standing
        self.was.add(standing)
        self.events.extend(hints)
