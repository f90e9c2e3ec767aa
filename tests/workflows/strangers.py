"""What others do at Digital River behind our back."""

from decimal import Decimal

from activities.translate import checkout_body
from ferryman.purchase.request import PurchaseRequest
from tests.workflows.given import ADDRESS, GOOD_CARD, REQUEST


async def refund_all(shopper):
    """Give all of a complete order's money back, and wait until it is returned."""
    order = (await shopper.ledger())["orders"][0]
    await shopper.shop.digital_river.create_refund(
        {
            "orderId": order["id"],
            "currency": order["currency"],
            "amount": Decimal(str(order["availableToRefundAmount"])),
            "reason": "returned",
        }
    )
    await shopper.settled_as("returned")


async def order_elsewhere(shop, number):
    """Create an accepted order with this upstream id, as another environment would."""
    digital_river = shop.digital_river
    body = checkout_body(PurchaseRequest.read(REQUEST), number, 1)
    checkout = await digital_river.create_checkout(body)
    return await order_checkout(shop, checkout)


async def order_checkout(shop, checkout):
    """Pay and order a checkout by a good card; give the order's id."""
    digital_river = shop.digital_river
    owner = {"firstName": "Erika", "lastName": "Beispiel", "email": "erika@example.com"}
    source = {
        "type": "creditCard",
        "paymentSessionId": checkout.payment.session.id,
        "owner": {**owner, "address": ADDRESS},
        "card": {"number": GOOD_CARD, "expirationMonth": 7, "expirationYear": 2031},
    }
    made = await shop.control("POST", "sources", source)
    await digital_river.attach_checkout_source(checkout.id, made["id"])
    return (await digital_river.create_order(checkout.id)).id
