from decimal import Decimal

import pytest


async def _shipped(shop, **given):
    order = await shop.order(**given)
    await shop.fulfill(order, (3, 0), (1, 0))
    await shop.advance()
    return await shop.reread(order)


def _wish(order, *quantities, **more):
    items = [
        {"itemId": item["id"], "quantity": quantity}
        for item, quantity in zip(order["items"], quantities, strict=False)
        if quantity
    ]
    return {"orderId": order["id"], "items": items, **more}


async def _refunds(shop, order):
    return (await shop.ok("GET", f"/refunds?orderId={order['id']}"))["data"]


class TestAuthorising:
    async def test_created(self, shop):
        """A return and its items are created; nothing is accepted or refunded yet."""
        order = await _shipped(shop)
        back = await shop.ok(
            "POST", "/returns", _wish(order, 2, reason="too small", metadata={"returnId": "r-1"})
        )

        assert (back["state"], back["metadata"]) == ("created", {"returnId": "r-1"})
        assert [
            (one["quantity"], one["quantityAccepted"], one["amount"]) for one in back["items"]
        ] == [(2, 0, Decimal("23.8"))]
        assert await _refunds(shop, order) == []

    @pytest.mark.parametrize("before", [(0, 0), (2, 0), (0, 1)])
    async def test_no_more_than_was_shipped(self, shop, before):
        """What was not shipped, or is on its way back, cannot be sent back."""
        order = await shop.order()
        if any(before):
            await shop.fulfill(order, (3, 0), (1, 0))
            await shop.advance()
            await shop.ok("POST", "/returns", _wish(order, *before))
        status, error = await shop.refused("POST", "/returns", _wish(order, 2, 1))

        place = "items[1].qty" if before == (0, 1) else "items[0].qty"
        assert (status, error["code"], error["parameter"]) == (409, "quantity_too_large", place)

    async def test_not_while_disputed(self, shop):
        """Neither authorising nor accepting goes while the bank disputes the order."""
        order = await _shipped(shop)
        back = await shop.ok("POST", "/returns", _wish(order, 1))
        await shop.control(order, "dispute")
        refusals = [
            await shop.refused("POST", "/returns", _wish(order, 1)),
            await shop.refused("POST", f"/returns/{back['id']}", {"state": "accepted"}),
        ]

        assert [(status, error["parameter"]) for status, error in refusals] == [(409, "order")] * 2


class TestAccepting:
    async def test_whole(self, shop):
        """A return that is accepted whole makes one refund by itself, with its reason."""
        order = await _shipped(shop)
        back = await shop.ok("POST", "/returns", _wish(order, 3, 1, reason="too small"))
        accepted = await shop.ok("POST", f"/returns/{back['id']}", {"state": "accepted"})
        (refund,) = await _refunds(shop, order)
        await shop.advance()
        after = await shop.reread(order)

        assert accepted["state"] == "accepted"
        assert [one["quantityAccepted"] for one in accepted["items"]] == [3, 1]
        assert accepted["refundIds"] == [refund["id"]]
        assert (refund["state"], refund["reason"]) == ("pending", "too small")
        assert "amount" not in refund
        assert (after["state"], after["refundedAmount"]) == ("returned", Decimal("64.26"))
        assert [item["state"] for item in after["items"]] == ["returned", "returned"]

    async def test_by_item(self, shop):
        """The refund waits until all items are accepted; then each item has one of its own."""
        order = await _shipped(shop)
        back = await shop.ok("POST", "/returns", _wish(order, 3, 1))
        first, second = back["items"]
        steps = [(first, 2), (first, 1), (second, 1)]
        states, refunds = [], []
        for item, quantity in steps:
            entry = {"itemId": item["itemId"], "quantity": quantity, "state": "accepted"}
            answer = await shop.ok("POST", f"/returns/{back['id']}", {"items": [entry]})
            states.append((answer["state"], *(one["state"] for one in answer["items"])))
            refunds.append(len(await _refunds(shop, order)))

        assert states == [
            ("created", "created", "created"),
            ("created", "accepted", "created"),
            ("accepted", "accepted", "accepted"),
        ]
        assert refunds == [0, 0, 2]

    async def test_no_more_than_authorised(self, shop):
        """More than was authorised is not accepted, and an accepted return not again."""
        order = await _shipped(shop)
        back = await shop.ok("POST", "/returns", _wish(order, 2))
        path = f"/returns/{back['id']}"
        entry = {"itemId": back["items"][0]["itemId"], "quantity": 3, "state": "accepted"}
        many = await shop.refused("POST", path, {"items": [entry]})
        await shop.ok("POST", path, {"state": "accepted"})
        again = await shop.refused("POST", path, {"state": "accepted"})

        assert [status for status, _ in (many, again)] == [409, 409]
        assert len(await _refunds(shop, order)) == 1

    async def test_events(self, shop):
        """Each step tells of itself, and the refund is told before the return is accepted."""
        order = await _shipped(shop)
        back = await shop.ok("POST", "/returns", _wish(order, 1))
        await shop.ok("POST", f"/returns/{back['id']}", {"metadata": {"clerk": "7"}})
        await shop.ok("POST", f"/returns/{back['id']}", {"state": "accepted"})
        told = (await shop.ok("GET", "/events?type=return.*"))["data"]

        assert [one["type"] for one in reversed(told)] == [
            "return.created",
            "return.updated",
            "return.accepted",
        ]
        assert told[0]["data"]["object"]["metadata"] == {"clerk": "7"}
        assert "refund.pending" in await shop.events("p-1")

    async def test_gives_back_no_more_than_is_left(self, shop):
        """What was refunded before is not given back again."""
        order = await _shipped(shop)
        item = {"itemId": order["items"][0]["id"], "quantity": 3, "percent": 50}
        body = {"orderId": order["id"], "currency": "EUR", "items": [item]}
        await shop.ok("POST", "/refunds", body)
        back = await shop.ok("POST", "/returns", _wish(order, 3))
        await shop.ok("POST", f"/returns/{back['id']}", {"state": "accepted"})
        newest = (await _refunds(shop, order))[0]

        assert newest["items"][0]["amount"] == Decimal("17.85")
