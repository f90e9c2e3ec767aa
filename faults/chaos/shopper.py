"""Carries one purchase through as its script says, from the basket to the end."""

import asyncio
from collections.abc import Mapping
from typing import Final

from demo.catalogue import Product
from demo.http import JSON, Http

from .merchant import Merchant, Reply
from .scripts import Script

OVER: Final = frozenset({"complete", "blocked", "cancelled", "expired"})
_LOOK = (1.0, 2.5)
_THINK = (0.1, 1.5)
_CONFLICT = 409
_BY_CONTROL: Final = {"pays": "pay", "leaves": "abandon", "lets it expire": "expire"}


class Shopper:
    """One purchase: what its shopper does, what its merchant reports, what happens at the bank."""

    def __init__(self, script: Script, merchant: Merchant, sandbox: Http) -> None:
        self._script = script
        self._merchant = merchant
        self._sandbox = sandbox
        self._done: set[str] = set()
        """What is done once only, whatever the answer."""
        self._tries = 0
        self._spent: set[str] = set()
        """Checkouts that have been submitted."""

    async def live(self) -> str:
        """Go on until the purchase has come to an end or is forgotten; gives its last state."""
        await asyncio.sleep(self._script.arrives)
        await self._open()
        while True:
            purchase = (await self._ask("GET")).body
            state = str(purchase.get("state"))
            if state == "complete":
                await self._refund()
            if state in OVER or await self._act(state, purchase):
                return state
            await self._pause(_LOOK)

    async def _act(self, state: str, purchase: JSON) -> bool:
        """Do what the state asks for; True where the shopper has gone for good."""
        if state in {"checkout", "payment_failed"}:
            return await self._shop(purchase)
        if state == "pending_payment":
            await self._pay(purchase["order"]["id"])
        elif state == "in_review":
            await self._review(purchase["order"]["id"])
        elif state == "accepted":
            await self._deliver()
        return False

    async def _open(self) -> None:
        script, request = self._script, self._script.request
        key = f"basket-{script.id}"
        calls = [self._ask("POST", body=request, key=key) for _ in range(1 + script.twice)]
        await asyncio.gather(*calls)
        if script.other_body:
            other = {**request, "email": f"other.{script.person.email}"}
            await self._merchant.ask(
                script.random, script.id, "POST", body=other, key=key, other_body=True
            )

    async def _shop(self, purchase: JSON) -> bool:
        course = self._script.course
        if course.early == "forget" or self._tries >= len(course.sources):
            return True
        if course.early == "cancel":
            await self._cancel()
            return False
        checkout = purchase["checkout"]
        if checkout and checkout["payment"]["session"] and checkout["id"] not in self._spent:
            await self._submit(checkout)
        return False

    async def _submit(self, checkout: JSON) -> None:
        """Pay for a checkout and press the button."""
        source = self._script.course.sources[self._tries]
        owner = self._script.person.owner(source["owner"]["lastName"])
        session = {"paymentSessionId": checkout["payment"]["session"]["id"]}
        created = await self._sandbox.send(
            "POST", "/_sandbox/sources", source | {"owner": owner} | session
        )
        if "id" not in created.body:
            return
        body = {"sourceId": created.body["id"], "saveForFuture": False}
        if (await self._ask("PUT", "/source", body)).good:
            answer = await self._ask("POST", "/submit", {"termsAccepted": True})
            if answer.good or answer.status == _CONFLICT:
                self._spent.add(checkout["id"])
                self._tries += 1

    async def _pay(self, order_id: str) -> None:
        unpaid = self._script.course.unpaid
        if not self._first(f"paying {order_id}"):
            return
        await self._pause(_THINK)
        if unpaid == "cancels":
            await self._cancel()
        elif unpaid == "fails":
            await self._control(order_id, "charge-fails")
        elif unpaid in _BY_CONTROL:
            await self._control(order_id, _BY_CONTROL[unpaid])
        if unpaid in {"pays", "leaves"}:
            await self._ask("POST", "/refresh", {})

    async def _review(self, order_id: str) -> None:
        if not self._first("review"):
            return
        decision = self._script.course.review
        await self._pause(_THINK)
        if decision == "cancel":
            # The wish and the reviewer's decision cross.
            passing = self._control(order_id, "review", decision="pass")
            await asyncio.gather(self._cancel(), passing)
        else:
            await self._control(order_id, "review", decision=decision)

    async def _deliver(self) -> None:
        accepted = self._script.course.accepted
        if accepted == "cancel":
            await self._cancel()
            return
        goods = dict(self._script.goods)
        missing: dict[Product, int] = {}
        product = next(iter(goods))
        if accepted in {"cancel a piece", "leave a piece out"}:
            goods[product] -= 1
        if accepted == "cancel a piece" and self._first("piece"):
            await self._cancel([{"lineId": product.sku_id, "quantity": 1}])
        if accepted == "leave a piece out":
            missing[product] = 1
        await self._ship(goods, missing)

    async def _ship(self, goods: Mapping[Product, int], missing: Mapping[Product, int]) -> None:
        """Send the goods off in as many parcels as the script says, each told until taken."""
        items = [
            {
                "lineId": product.sku_id,
                "quantity": quantity,
                "cancelQuantity": missing.get(product, 0),
            }
            for product, quantity in goods.items()
        ]
        middle = len(items) // 2 if self._script.parcels > 1 else 0
        for number, parcel in enumerate((items[:middle], items[middle:]), start=1):
            if parcel and self._first(f"parcel {number}"):
                shipment = {
                    "shipmentId": f"{self._script.id}-{number}",
                    "items": parcel,
                    "trackingNumber": self._script.person.tracking_number,
                }
                await self._ask("POST", "/fulfillments", shipment)

    async def _cancel(self, items: list[JSON] | None = None) -> None:
        body: JSON = {"by": "customer", "reason": "Der Bergfink war mir zu laut"}
        if self._first(f"cancel {items}"):
            await self._ask("POST", "/cancel", body | ({"items": items} if items else {}))

    async def _refund(self) -> None:
        percent = self._script.course.refunds
        if percent and self._first("refund"):
            refund_id, reason = f"{self._script.id}-refund", "Ein Kreuzschnabel hat daran gepickt"
            body = {"refundId": refund_id, "percent": percent, "reason": reason}
            await self._ask("POST", "/refunds", body)

    async def _control(self, order_id: str, act: str, **more: str) -> None:
        """Let something happen at Digital River; too late for it is no matter."""
        await self._sandbox.send("POST", f"/_sandbox/orders/{order_id}/{act}", more)

    async def _ask(
        self, method: str, path: str = "", body: JSON | None = None, key: str | None = None
    ) -> Reply:
        script = self._script
        return await self._merchant.ask(script.random, script.id, method, path, body, key)

    async def _pause(self, between: tuple[float, float]) -> None:
        await asyncio.sleep(self._script.random.uniform(*between))

    def _first(self, what: str) -> bool:
        first = what not in self._done
        self._done.add(what)
        return first
