"""Digital River's resources as it sends them, as far as anyone here reads them."""

from .charge import Charge, ChargeOperation
from .checkout import Checkout, CheckoutItem
from .customer import Customer
from .files import File, FileLink
from .fulfillment import Fulfillment, FulfillmentItem
from .order import Order, OrderItem
from .page import Page
from .party import Address, Party
from .payment import NextAction, Payment, PaymentSession
from .refund import Refund, RefundItem, TokenInformation
from .source import Source
from .webhook import Webhook

__all__ = [
    "Address",
    "Charge",
    "ChargeOperation",
    "Checkout",
    "CheckoutItem",
    "Customer",
    "File",
    "FileLink",
    "Fulfillment",
    "FulfillmentItem",
    "NextAction",
    "Order",
    "OrderItem",
    "Page",
    "Party",
    "Payment",
    "PaymentSession",
    "Refund",
    "RefundItem",
    "Source",
    "TokenInformation",
    "Webhook",
]
