"""What the purchases of the flow's tests are given: a basket, cards, and what they are promised."""

from datetime import timedelta
from typing import Any

from ferryman.purchase.policy import Policy

ADDRESS = {"line1": "Neuer Wall 10", "city": "Hamburg", "postalCode": "20354", "country": "DE"}
GOOD_CARD = "4444222233331111"
DECLINED_CARD = "4000000000003600"
REQUEST: dict[str, Any] = {
    "currency": "EUR",
    "taxInclusive": False,
    "email": "erika@example.com",
    "browserIp": "192.0.2.7",
    "items": [
        {"lineId": "1", "skuId": "boots", "quantity": 2, "price": 10, "physical": True},
        {"lineId": "2", "skuId": "laces", "quantity": 3, "price": 1.5, "physical": True},
    ],
    "shipFrom": {"address": {"country": "DE"}},
    "shipTo": {"name": "Erika Beispiel", "address": ADDRESS},
    "shippingChoice": {"amount": 5, "description": "standard", "serviceLevel": "SG"},
}
POLICY = Policy(
    checkout_window=timedelta(hours=24),
    payment_windows={
        "konbini": timedelta(days=7),
        "wireTransfer": timedelta(days=30),
        "redirect": timedelta(hours=1),
        "default": timedelta(days=7),
    },
    payment_grace=timedelta(hours=6),
    review_window=timedelta(days=3),
    poll_interval=timedelta(minutes=15),
    settle_time=timedelta(seconds=1),
    provider_timeout=timedelta(seconds=2),
)
