"""What the purchases of the flow's tests are given: a basket, cards, and what they are promised."""

from datetime import timedelta
from typing import Any

from faults.travel.basket import ADDRESS, DECLINED_CARD, GOOD_CARD
from faults.travel.basket import REQUEST as BASKET
from ferryman.purchase.policy import Policy

__all__ = ["ADDRESS", "DECLINED_CARD", "GOOD_CARD", "POLICY", "REQUEST"]

REQUEST: dict[str, Any] = {**BASKET, "browserIp": "192.0.2.7"}
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
