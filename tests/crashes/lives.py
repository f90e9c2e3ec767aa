"""The lives of purchases, each as a merchant's system would drive it, faults or none."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import SourceChoice
from tests.crashes.buyer import Buyer
from tests.workflows.given import DECLINED_CARD
from workflows.purchase import Purchase

ALL = (("1", 2, 0), ("2", 3, 0))
BACK = {"returnUrl": "https://shop.example/back"}


@dataclass(frozen=True)
class Life:
    """A script from the first checkout to the end, and where that end is."""

    drive: Callable[[Buyer], Awaitable[None]]
    end: tuple[str, str | None]
    """State and reason."""
    begin: dict[str, Any] = field(default_factory=dict)
    variants: dict[str, Any] = field(default_factory=dict)


async def ship_all(buyer: Buyer) -> None:
    """One parcel with everything, until the money is captured."""
    await buyer.ship("parcel-1", *ALL)
    await buyer.rested("complete")


async def card(buyer: Buyer) -> None:
    """Parcel by parcel, with one piece cancelled between them."""
    await buyer.order()
    await buyer.ship("parcel-1", ("1", 1, 0))
    await buyer.cancel(items=[{"lineId": "2", "quantity": 1}])
    await buyer.ship("parcel-2", ("1", 1, 0), ("2", 2, 0))
    await buyer.rested("complete")


async def push(buyer: Buyer) -> None:
    """Paid at the counter some time after ordering."""
    await buyer.order("konbini")
    await buyer.at_provider("pay")
    await buyer.hears("accepted")
    await ship_all(buyer)


async def declined(buyer: Buyer) -> None:
    """A card that is declined, then one that is not, with a new checkout."""
    await buyer.choose(card=DECLINED_CARD)
    with pytest.raises(WorkflowUpdateFailedError):
        await buyer.submit()
    await buyer.until("payment_failed")
    await buyer.order()
    await ship_all(buyer)


async def redirect(buyer: Buyer) -> None:
    """A redirect given up, whose order is wound up; the second try is a card."""
    await buyer.order("bancontact", **BACK)
    await buyer.at_provider("abandon")
    await buyer.refresh()
    await buyer.until("payment_failed")
    await buyer.until_ledger(lambda ledger: ledger["orders"][0]["state"] == "cancelled")
    await buyer.order()
    await ship_all(buyer)


async def unpaid(buyer: Buyer) -> None:
    """Never paid, and not a word about it: the window closes."""
    await buyer.order("konbini")
    await buyer.later(timedelta(days=7, hours=7))
    await buyer.until("cancelled")
    await buyer.rested("cancelled")


async def reviewed(buyer: Buyer) -> None:
    """Cancelled while in review, which is refused and remembered, then passed."""
    await buyer.order(last_name="Review")
    await buyer.cancel()
    await buyer.at_provider("review", decision="pass")
    await buyer.hears("cancelled")
    await buyer.rested("cancelled")


async def stored(buyer: Buyer) -> None:
    """A registered customer whose card is kept."""
    source = await buyer.choose(attach=False, readyForStorage=True, reusable=True)
    await buyer.handle.execute_update(
        Purchase.source, SourceChoice(source_id=source, save_for_future=True)
    )
    await buyer.submit()
    await ship_all(buyer)


async def disputed(buyer: Buyer) -> None:
    """A dispute comes between two parcels: the second one is held until its end."""
    await buyer.order()
    await buyer.ship("parcel-0", ("1", 1, 0))
    await buyer.until_ledger(lambda ledger: "complete" in str(ledger["charges"][0].get("captures")))
    await buyer.at_provider("dispute")
    await buyer.hears("disputed")
    await buyer.ship("parcel-1", ("1", 1, 0), ("2", 3, 0))
    await buyer.at_provider("resolve")
    await buyer.hears("fulfilled", "complete")
    await buyer.rested("complete")


async def used_up(buyer: Buyer) -> None:
    """The order's answer is lost and the list is late: the checkout is used up, as a 404 says."""
    await buyer.choose()
    await buyer.fault(method="POST", path="/orders", kind="reset_after")
    await buyer.submit()
    await ship_all(buyer)


async def changed(buyer: Buyer) -> None:
    """Another shipping price in place, other lines by another checkout, then ordered."""
    await buyer.patch(shipping_choice={"amount": 7, "serviceLevel": "SG"})
    line = {"lineId": "9", "skuId": "socks", "quantity": 2, "price": 4, "physical": True}
    await buyer.patch(items=[line])
    await buyer.order()
    await buyer.ship("parcel-9", ("9", 2, 0))
    await buyer.rested("complete")


async def blocked(buyer: Buyer) -> None:
    """Reviewed and refused."""
    await buyer.order(last_name="Review")
    await buyer.at_provider("review", decision="block")
    await buyer.hears("blocked")


COMPLETE = ("complete", None)
LIVES = {
    "card": Life(card, COMPLETE),
    "push": Life(push, COMPLETE),
    "declined": Life(declined, COMPLETE),
    "redirect": Life(redirect, COMPLETE),
    "unpaid": Life(
        unpaid,
        ("cancelled", "payment_window_closed"),
        begin={"policy": {"poll_interval": timedelta(days=1)}},
        variants={"unpaid": "silent"},
    ),
    "reviewed": Life(reviewed, ("cancelled", "customer"), variants={"pending_cancel": "refuse"}),
    "stored": Life(stored, COMPLETE, begin={"customer": {"email": "erika@example.com"}}),
    "disputed": Life(disputed, COMPLETE),
    "used_up": Life(used_up, COMPLETE, variants={"late_index": "PT1.2S"}),
    "changed": Life(changed, COMPLETE),
    "blocked": Life(blocked, ("blocked", None)),
}
