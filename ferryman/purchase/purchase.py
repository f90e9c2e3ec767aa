"""The purchase as the outside sees it, and as the records keep it."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from ferryman.money import Money

from .base import Moment, Noun
from .documents import Document
from .operations import Hold
from .states import CancelReason, State


class Party(StrEnum):
    """Who wanted a cancellation."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"


class WaitingFor(Noun):
    """On whom a purchase waits, until when, and which calls it takes meanwhile."""

    what: str
    until: Moment | None = None
    allowed: tuple[str, ...] = ()


class Attention(Noun):
    """Why a person has to look at a purchase."""

    reason: str
    since: Moment


class SellingEntity(Noun):
    """The company of Digital River that sells; compliance texts hang on it."""

    id: str | None = None
    name: str | None = None


class NextAction(Noun):
    """What the shopper has to do: follow a redirect, or pay by the instructions."""

    action: str
    data: dict[str, Any] = Field(default_factory=dict)


class Session(Noun):
    """The payment session that the storefront's drop-in needs."""

    id: str
    state: str | None = None
    client_secret: str | None = None
    next_action: NextAction | None = None


class Payment(Noun):
    """How the checkout is to be paid."""

    session: Session | None = None


class Disclosure(Noun):
    """A text that the law wants shown beside the button ("Compliance")."""

    type: str | None = None
    entity_id: str | None = None
    entity_name: str | None = None
    localized_text: str | None = None
    url: str | None = None


class PricedLine(Noun):
    """What Digital River charges for one line, net of tax but for `tax` itself."""

    line_id: str
    quantity: int | None = None
    amount: Money | None = None
    tax: Money | None = None
    importer_tax: Money | None = None
    fees: Money | None = None
    duty: Money | None = None


class Checkout(Noun):
    """The checkout's totals as Digital River, which sells and taxes, has them."""

    id: str
    currency: str
    subtotal: Money | None = None
    total_tax: Money | None = None
    total_fees: Money | None = None
    total_duty: Money | None = None
    total_shipping: Money | None = None
    total_discount: Money | None = None
    total_amount: Money | None = None
    items: tuple[PricedLine, ...] = ()
    selling_entity: SellingEntity | None = None
    disclosures: tuple[Disclosure, ...] = ()
    locale: str | None = None
    payment: Payment = Payment()


class Order(Noun):
    """The order as it was last read at Digital River."""

    id: str
    state: str
    fraud_state: str | None = None
    charge_states: tuple[str, ...] = ()
    captured_amount: Money | None = None
    cancelled_amount: Money | None = None
    refunded_amount: Money | None = None
    available_to_refund_amount: Money | None = None
    state_transitions: dict[str, Moment] = Field(default_factory=dict)


class Line(Noun):
    """One line of the ledger: fulfilled + cancelled + open is always the quantity."""

    line_id: str
    sku_id: str | None = None
    order_item_id: str | None = None
    quantity: int
    fulfilled: int = 0
    cancelled: int = 0
    open: int
    physical: bool | None = None


class ShippedItem(Noun):
    """What one parcel did to one line."""

    line_id: str
    quantity: int = 0
    cancel_quantity: int = 0


class ParcelState(StrEnum):
    """How far a parcel, and the money for it, is."""

    HELD = "held"
    """Waits for the end of a dispute; Digital River does not know of it yet."""
    SHIPPED = "shipped"
    CAPTURED = "captured"
    CAPTURE_FAILED = "capture_failed"
    CANCELLED = "cancelled"
    """Holds nothing but what is not wanted or cannot be had."""
    CANCEL_FAILED = "cancel_failed"


class Fulfillment(Noun):
    """A parcel, or a cancellation of lines, under the merchant's shipment id."""

    shipment_id: str
    id: str | None = None
    items: tuple[ShippedItem, ...]
    state: ParcelState
    tracking_company: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    created_time: Moment


class CancellationWish(Noun):
    """A cancellation that is remembered until it can be carried out."""

    by: Party
    reason: str
    since: Moment


class RefundState(StrEnum):
    """How far a refund is ("Issuing refunds")."""

    REQUESTED = "requested"
    """Taken by us; Digital River's answer is not known yet."""
    HELD = "held"
    """Waits for the end of a dispute."""
    PENDING = "pending"
    PENDING_INFORMATION = "pending_information"
    """The shopper has to say where to ("Refunding asynchronous payment methods")."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


class RefundedItem(Noun):
    """One line's share of a refund."""

    line_id: str
    quantity: int | None = None
    amount: Money | None = None
    percent: Money | None = None
    type: str | None = None


class RefundInformation(Noun):
    """With this token the storefront lets the shopper say where the money shall go."""

    token: str
    expires_time: Moment | None = None


class Refund(Noun):
    """Money given back, under the merchant's refund id."""

    refund_id: str
    id: str | None = None
    """Digital River's."""
    state: RefundState
    currency: str
    amount: Money | None = None
    percent: Money | None = None
    items: tuple[RefundedItem, ...] = ()
    type: str | None = None
    reason: str | None = None
    refunded_amount: Money | None = None
    failure_reason: str | None = None
    """Safe to show."""
    information: RefundInformation | None = None
    created_time: Moment
    updated_time: Moment


class ReturnState(StrEnum):
    """How far a return is ("Third party coordinated returns")."""

    REQUESTED = "requested"
    HELD = "held"
    """Waits for the end of a dispute."""
    CREATED = "created"
    ACCEPTED = "accepted"
    """All goods are back: Digital River refunds by itself."""
    REFUSED = "refused"


class ReturnedItem(Noun):
    """How many pieces of one line come back, and whether they were accepted."""

    line_id: str
    quantity: int
    accepted: bool = False


class Return(Noun):
    """Goods that come back, under the merchant's return id."""

    return_id: str
    id: str | None = None
    """Digital River's."""
    state: ReturnState
    items: tuple[ReturnedItem, ...]
    reason: str | None = None
    refund_ids: tuple[str, ...] = ()
    """Digital River's ids of the refunds that it has made of it."""
    failure_reason: str | None = None
    """Safe to show."""
    created_time: Moment
    updated_time: Moment


class Purchase(Noun):
    """Everything that a merchant may know of one purchase."""

    id: str
    state: State
    reason: CancelReason | None = None
    version: int
    created_time: Moment
    updated_time: Moment
    customer_message: str | None = None
    waiting_for: WaitingFor | None = None
    needs_attention: Attention | None = None
    cancellation: CancellationWish | None = None
    hold: Hold | None = None
    continued_as: str | None = None
    """The purchase that keeps the money which came after this one's end."""
    checkout: Checkout | None = None
    order: Order | None = None
    next_action: NextAction | None = None
    payment_deadline: Moment | None = None
    items: tuple[Line, ...]
    fulfillments: tuple[Fulfillment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    returns: tuple[Return, ...] = ()
    documents: tuple[Document, ...] = ()


def workflow_id(purchase_id: str) -> str:
    """The id under which Temporal knows a purchase."""
    return f"purchase/{purchase_id}"
