"""An order, the truth about a purchase."""

from typing import Annotated

from pydantic import Field

from .base import Amount, Id, Loose, Many, Transitions
from .charge import Charge
from .files import File
from .lines import Line, Totals
from .payment import Payment, PaymentPart


class OrderItem(Line):
    """A line of an order; fulfillments and refunds name its id."""

    state: str | None = None
    available_to_refund_amount: Loose[Amount] = None


class Order(Totals):
    """An order; `captured_amount` counts pending captures too ("The order lifecycle")."""

    id: Id
    state: Annotated[str, Field(min_length=1)]
    state_transitions: Transitions = Field(default_factory=dict)
    fraud_state: str | None = None
    fraud_state_transitions: Transitions = Field(default_factory=dict)
    checkout_id: Id | None = None
    items: Many[OrderItem] = ()
    payment: PaymentPart = Payment()
    captured_amount: Loose[Amount] = None
    cancelled_amount: Loose[Amount] = None
    refunded_amount: Loose[Amount] = None
    available_to_refund_amount: Loose[Amount] = None
    cancel_reason: Loose[str] = None
    invoice_pdfs: Annotated[Loose[Many[File]], Field(alias="invoicePDFs")] = None
    credit_memo_pdfs: Annotated[Loose[Many[File]], Field(alias="creditMemoPDFs")] = None

    @property
    def charges(self) -> tuple[Charge, ...]:
        """The charges, none of them before the payment is authorized."""
        return self.payment.charges
