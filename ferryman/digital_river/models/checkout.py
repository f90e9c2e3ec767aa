"""A checkout: priced lines that wait for a source."""

from .base import Id, Many
from .lines import Line, Totals
from .payment import Payment, PaymentPart


class CheckoutItem(Line):
    """A line of a checkout."""


class Checkout(Totals):
    """A checkout has no state; once an order is made of it, it is used up."""

    id: Id
    items: Many[CheckoutItem] = ()
    payment: PaymentPart = Payment()
