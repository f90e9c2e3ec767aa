"""Digital River's resources as it sends them, as far as anyone here reads them."""

from .charge import Charge, ChargeOperation
from .checkout import Checkout, CheckoutItem
from .customer import Customer
from .files import File, FileLink
from .fulfillment import Fulfillment, FulfillmentItem
from .lines import Disclosure, Disclosures, Entity, Product, Share, ShippingChoice
from .order import Order, OrderItem
from .page import Page
from .party import Address, Party
from .payment import NextAction, Payment, PaymentSession
from .refund import Refund, RefundCharge, RefundItem, TokenInformation
from .returned import Return, ReturnItem
from .session import CheckoutSession
from .sku import Sku
from .source import Source
from .taxid import TaxIdentifier
from .webhook import Webhook

__all__ = [
    "Address",
    "Charge",
    "ChargeOperation",
    "Checkout",
    "CheckoutItem",
    "CheckoutSession",
    "Customer",
    "Disclosure",
    "Disclosures",
    "Entity",
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
    "Product",
    "Refund",
    "RefundCharge",
    "RefundItem",
    "Return",
    "ReturnItem",
    "Share",
    "ShippingChoice",
    "Sku",
    "Source",
    "TaxIdentifier",
    "TokenInformation",
    "Webhook",
]
