"""One attempt at an order: its checkout, the order, what became of the lines. No Temporal calls.

What came to nothing is thrown away whole, so that nothing of it clings to the next attempt.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from ferryman.purchase import lines as ledger
from ferryman.purchase import parcels
from ferryman.purchase.lines import Lines
from ferryman.purchase.messages import Shipment
from ferryman.purchase.purchase import Checkout, Fulfillment, Party, Payment
from ferryman.purchase.readings import OrderReading, Problem
from ferryman.purchase.states import State

from .alarm import Alarm
from .settlement import Told


@dataclass(kw_only=True)
class Attempt:
    """What a purchase knows of its present attempt; only its workflow writes it."""

    lines: Lines

    # Building a checkout
    checkout: Checkout | None = None
    problem: Problem | None = None
    """Why there is no checkout."""
    payable: bool = False
    source_id: str | None = None
    source_type: str | None = None

    # Creating an order
    reading: OrderReading | None = None
    told: Told = field(default_factory=Told)
    review_opened: datetime | None = None
    deadline: Alarm | None = None
    """The end of the present wait for the provider's decision."""
    put_off: dict[State, datetime] = field(default_factory=dict)
    """To when an operator has put off the end of the wait in a state."""
    watching: asyncio.Task[None] | None = None
    watched: str | None = None
    """The mark of the reading at which the watch began."""
    failure_code: str | None = None
    """Why the charge failed, as the timeline says already."""

    # Fulfilling an order
    fulfillments: list[Fulfillment] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    """Reported again after a doubtful answer, so that the first report may come through as well."""
    counted: OrderReading | None = None
    """The look at the order at which those were counted."""
    held: list[Shipment] = field(default_factory=list)
    leaving: str | None = None
    """The shipment with goods that Digital River is being told of."""
    called_back: set[str] = field(default_factory=set)
    """Shipments that were held after a try, and were not found at Digital River."""
    ages: datetime | None = None
    """When somebody should know of the authorisation's age."""
    delivered: bool = False
    """What is not physical has been reported by ourselves, or could not be."""
    causes: dict[str, str] = field(default_factory=dict)
    """For which fulfillments captures are, as events have told."""
    capture_failed: bool = False
    """The money of something that has left could not be taken, as far as the last look tells."""
    mended: set[str] = field(default_factory=set)
    """Captures that failed and were made good by a later try."""
    unpaid: tuple[str, ...] = ()
    """Shipments that have left and whose money could not be taken, as the timeline says already."""

    # Cancelling
    asked_in: State | None = None
    """The state in which the provider was last asked for what is wished."""
    refusals: int = 0
    ask_again: Alarm | None = None
    cancelled_by: Party | None = None

    @property
    def order_id(self) -> str | None:
        """The order, once there is one."""
        return self.reading.order.id if self.reading else None

    def see(self, reading: OrderReading) -> None:
        """Take a look at the order into account."""
        known = self.reading
        if known is not None and known.order.id == reading.order.id:
            # An order without its time of creation would move the deadline with every look.
            reading = reading.model_copy(update={"created_time": known.created_time})
        self.reading = reading
        self.lines = ledger.matched(self.lines, reading.items)
        captures = [
            part
            for part in parcels.named(reading.captures, self.causes)
            if part.id not in self.mended
        ]
        # The next parcel's capture comes later than the parcel, and is nobody's second try.
        self.mended |= parcels.made_good(self.fulfillments, captures)
        self.fulfillments = parcels.followed(self.fulfillments, captures, reading.cancels)
        self.capture_failed = parcels.capture_failed(self.fulfillments, captures)
        if self.checkout is not None and reading.session is not None:
            payment = Payment(session=reading.session)
            self.checkout = self.checkout.model_copy(update={"payment": payment})

    def facts(self, wish: Party | None) -> Told:
        """What the settlement has to know besides the order; `wish` is who wants it all cancelled.

        A wish that has been carried out counts where it has left nothing open.
        """
        self.told.open = ledger.open_quantity(self.lines)
        self.told.shipped = ledger.fulfilled_quantity(self.lines)
        self.told.wish = wish or (None if self.told.open else self.cancelled_by)
        return self.told

    def moved(self, before: State, after: State, now: datetime) -> None:
        """The purchase moves from one state to another."""
        self.asked_in = None
        if after is State.DISPUTED:
            self.told.disputed_from = before
        if after is State.IN_REVIEW:
            self.review_opened = now
        if after is State.CANCELLED:
            self.lines = ledger.given_up(self.lines)

    def stop(self) -> None:
        """Watch the order no more, and let nothing of it ring."""
        if self.watching is not None:
            self.watching.cancel()
            self.watching = None
        self.ages = None
        if self.ask_again is not None:
            self.ask_again.stop()
