"""What a step found at the provider, in our words."""

from enum import StrEnum

from pydantic import Field

from .base import Moment, Noun
from .documents import Document, DocumentKind
from .purchase import Checkout, NextAction, Order, Session


class Standing(StrEnum):
    """Where an order stands ("The order lifecycle")."""

    PENDING = "pending"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    FULFILLED = "fulfilled"
    COMPLETE = "complete"
    RETURNED = "returned"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> "Standing":
        del value
        return cls.UNKNOWN


ENDED = frozenset({Standing.BLOCKED, Standing.CANCELLED, Standing.COMPLETE, Standing.RETURNED})
"""No money is open in these."""


PAID = frozenset(
    {
        Standing.ACCEPTED,
        Standing.FULFILLED,
        Standing.COMPLETE,
        Standing.RETURNED,
        Standing.DISPUTED,
    }
)
"""Accepted, or what can only follow it."""


class Funds(StrEnum):
    """Where the money of an unpaid order is ("Payment sessions")."""

    AWAITED = "awaited"
    AT_REDIRECT = "at_redirect"
    FAILED = "failed"
    SETTLED = "settled"

    @classmethod
    def _missing_(cls, value: object) -> "Funds":
        del value
        return cls.AWAITED


class OrderedItem(Noun):
    """One line of the order under the provider's id, which differs from the checkout's."""

    id: str
    line_id: str | None = None
    """Ours, where the provider has kept what we wrote on the line."""
    sku_id: str | None = None
    quantity: int | None = None
    physical: bool | None = None


class MoneyPart(Noun):
    """One capture or one release of a charge ("Charges")."""

    id: str | None = None
    charge_id: str
    charge_state: str | None = None
    state: str | None = None
    fulfillment_id: str | None = None
    """The parcel that it is for, which only a capture's event says."""


class DocumentFile(Noun):
    """A document that the provider keeps; opening it takes a link."""

    kind: DocumentKind
    file_id: str


class OrderReading(Noun):
    """One look at one order."""

    order: Order
    taken: Moment
    """When the provider was asked: of two readings the later one counts."""
    standing: Standing
    funds: Funds
    checkout_id: str | None = None
    upstream_id: str | None = None
    created_time: Moment
    authorized_since: Moment | None = None
    """The age of the money that is promised and not yet taken; None where none can expire."""
    source_type: str | None = None
    session: Session | None = None
    charge_failed: bool = False
    cancel_failed: bool = False
    failure_message: str | None = None
    failure_code: str | None = None
    """For operators only ("Handling failures")."""
    items: tuple[OrderedItem, ...] = ()
    captures: tuple[MoneyPart, ...] = ()
    cancels: tuple[MoneyPart, ...] = ()
    documents: tuple[DocumentFile, ...] = ()
    links: dict[str, Document] = Field(default_factory=dict)
    """To those of the documents that have been linked with this look, by file."""
    mark: str
    """Changes with everything that a purchase may have to act on."""

    @property
    def next_action(self) -> NextAction | None:
        """What the shopper has to do; the provider keeps it even when it is done."""
        return self.session.next_action if self.session else None

    def is_news_to(self, known: "OrderReading | None") -> bool:
        """True where it shows the same order later than `known` does, and otherwise."""
        return (
            known is not None
            and self.order.id == known.order.id
            and self.taken >= known.taken
            and self.mark != known.mark
        )

    @property
    def redirects(self) -> bool:
        """True where the shopper has to pay at another site."""
        asked = self.next_action is not None and self.next_action.action == "redirect"
        return asked or self.funds is Funds.AT_REDIRECT


class Problem(Noun):
    """Why the provider refused; `message` is safe to show, `code` is for operators only."""

    message: str | None = None
    pointer: str | None = None
    code: str | None = None


class CheckoutReading(Noun):
    """A checkout as it stands now, or why there is none."""

    checkout: Checkout | None = None
    payable: bool = False
    """True where nothing is missing but the order."""
    source_type: str | None = None
    source_flow: str | None = None
    source_id: str | None = None
    problem: Problem | None = None


class Submitted(StrEnum):
    """What became of a submission ("Handling a rejected order")."""

    ORDERED = "ordered"
    DECLINED = "declined"
    BLOCKED = "blocked"
    MENDABLE = "mendable"
    """The same checkout may be mended and submitted again."""
    UNUSABLE = "unusable"
    """Not about money, but it takes a new checkout."""
    UNCLEAR = "unclear"
    """An order must exist, and nobody can find it yet."""

    @classmethod
    def _missing_(cls, value: object) -> "Submitted":
        # Looked for again before anything else is done, and a person is told.
        del value
        return cls.UNCLEAR


class SubmissionReading(Noun):
    """The outcome of one submission."""

    outcome: Submitted
    reading: OrderReading | None = None
    problem: Problem | None = None


class FulfillmentReading(Noun):
    """The provider's record of a shipment or cancellation, or why it took none."""

    fulfillment_id: str | None = None
    created_time: Moment | None = None
    problem: Problem | None = None
    repeated: bool = False
    """True where an earlier try may come through even later than this one."""
    reading: OrderReading | None = None
    """The order, re-read where the provider refused."""
