"""A notice as it is sent: the form of Standard Webhooks, without personal data."""

import hashlib
from enum import StrEnum

from ferryman.money import Money
from ferryman.purchase.base import Moment, Noun
from ferryman.purchase.purchase import (
    Attention,
    Disclosure,
    Line,
    PricedLine,
    RefundedItem,
    RefundState,
    SellingEntity,
    ShippedItem,
)
from ferryman.purchase.states import CancelReason, State


class NoticeType(StrEnum):
    """What a notice tells of; it decides which particulars it carries."""

    CONFIRMED = "purchase.confirmed"
    PAYMENT_INSTRUCTIONS = "purchase.payment_instructions"
    SHIPPED = "purchase.shipped"
    CANCELLED = "purchase.cancelled"
    PARTLY_CANCELLED = "purchase.partly_cancelled"
    BLOCKED = "purchase.blocked"
    REFUNDED = "purchase.refunded"
    REFUND_FAILED = "purchase.refund_failed"
    NEEDS_ATTENTION = "purchase.needs_attention"


class OrderNumber(Noun):
    """The order at Digital River, whose id is the number that shoppers know."""

    id: str
    state: str


class Totals(Noun):
    """What the purchase costs, as Digital River has it."""

    currency: str
    subtotal: Money | None = None
    total_tax: Money | None = None
    total_fees: Money | None = None
    total_duty: Money | None = None
    total_shipping: Money | None = None
    total_discount: Money | None = None
    total_amount: Money | None = None


class ToldInstructions(Noun):
    """What the shopper needs to pay; the page that shows it asks for the purchase itself."""

    source_id: str | None = None
    deadline: Moment | None = None


class ToldShipment(Noun):
    """A parcel on its way, and what of it could not be had."""

    shipment_id: str
    fulfillment_id: str | None = None
    items: tuple[ShippedItem, ...]
    tracking_company: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


class CancelledLine(Noun):
    """Goods that will not come."""

    line_id: str
    sku_id: str | None = None
    quantity: int


class ToldCancellation(Noun):
    """What a shopper has to read of a cancellation ("Processing orders")."""

    date: Moment
    reason: CancelReason | None = None
    """None where only a part was cancelled."""
    items: tuple[CancelledLine, ...]
    amount: Money | None = None
    """What is not collected: of the whole order, or of it so far."""


class ToldRefund(Noun):
    """Money given back, or not; the merchant's own free text stays where it was given."""

    refund_id: str
    id: str | None = None
    state: RefundState
    currency: str
    amount: Money | None = None
    refunded_amount: Money | None = None
    items: tuple[RefundedItem, ...] = ()
    type: str | None = None
    failure_reason: str | None = None


class Particulars(Noun):
    """The `data` of a notice: the purchase as it stood, and what is its type's own."""

    state: State
    order: OrderNumber | None = None
    selling_entity: SellingEntity | None = None
    """Whose disclosures belong into what the shopper reads."""
    disclosures: tuple[Disclosure, ...] = ()
    locale: str | None = None
    """The shopper's language, in which those are written."""
    totals: Totals | None = None
    prices: tuple[PricedLine, ...] = ()
    items: tuple[Line, ...]
    customer_message: str | None = None
    instructions: ToldInstructions | None = None
    shipment: ToldShipment | None = None
    cancellation: ToldCancellation | None = None
    refund: ToldRefund | None = None
    attention: Attention | None = None


class Notice(Noun):
    """The whole body of a webhook."""

    id: str
    """The same however often it is sent; receivers tell doubles by it."""
    type: NoticeType
    timestamp: Moment
    purchase_id: str
    sequence: int
    """1, 2, 3 … within the purchase, without gaps."""
    data: Particulars

    def body(self) -> str:
        """The very text that is kept, signed and sent."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


def notice_id(purchase_id: str, key: str) -> str:
    """The id of the one notice of a fact.

    Signed text has the id before a full stop, so that it may hold none ("Standard Webhooks").
    """
    digest = hashlib.sha256(f"{purchase_id}\n{key}".encode()).hexdigest()
    return f"msg_{digest[:32]}"
