class TestVariants:
    async def test_changed_while_it_runs(self, shop):
        """A variant can be changed for everybody."""
        variants = await shop.ok("PUT", "/_sandbox/variants", {"unpaid": "silent"})
        order = await shop.order(kind="konbini")
        await shop.control(order, "expire")

        assert variants["unpaid"] == "silent"
        assert (await shop.reread(order))["state"] == "pending_payment"

    async def test_for_one_purchase(self, shop):
        """A variant can be changed for one purchase only."""
        one = {"upstreamId": "p-1", "unpaid": "silent", "pendingCancel": "refuse"}
        await shop.ok("POST", "/_sandbox/variants", one)
        orders = [await shop.order(name, kind="konbini") for name in ("p-1", "p-2")]
        states = [(await shop.control(order, "expire"))["state"] for order in orders]

        assert states == ["pending_payment", "cancelled"]

    async def test_a_window_of_seconds(self, shop):
        """Windows can be set to seconds."""
        change = {"paymentWindow": "PT5S", "paymentWindowKonbini": "PT5S"}
        await shop.ok("PUT", "/_sandbox/variants", change)
        order = await shop.order(kind="wireTransfer")
        await shop.advance("PT6S")

        assert (await shop.reread(order))["state"] == "cancelled"

    async def test_unknown_ones_are_refused(self, shop):
        """A variant that does not exist is refused by name."""
        refusal = await shop.refused("PUT", "/_sandbox/variants", {"weather": "fine"})

        assert (refusal[0], refusal[1]["parameter"]) == (400, "weather")


class TestHealth:
    async def test_what_is_under_way(self, shop):
        """Events on their way and money about to move are under way; a distant window is not."""
        order = await shop.order(kind="wireTransfer")
        busy = (await shop.ok("GET", "/_sandbox/health"))["underWay"]
        await shop.advance("PT1M")
        idle = (await shop.ok("GET", "/_sandbox/health"))["underWay"]

        assert (await shop.reread(order))["state"] == "pending_payment"
        assert busy > idle == 0


class TestLedger:
    async def test_one_purchase(self, shop):
        """The ledger can be cut down to one purchase, requests and events included."""
        for name in ("p-1", "p-2"):
            await shop.order(name)
        ledger = await shop.ledger("p-1")

        assert [order["upstreamId"] for order in ledger["orders"]] == ["p-1"]
        assert [one["upstreamId"] for one in ledger["checkouts"]] == ["p-1"]
        assert {one["upstreamId"] for one in ledger["events"]} == {"p-1"}
        assert [one["path"].split("/")[1] for one in ledger["requests"]] == [
            "checkouts",
            "checkouts",
            "orders",
        ]

    async def test_what_was_asked_of_a_fulfillment(self, shop):
        """A fulfillment's request keeps what it asked for, how the order stood, and the refusal."""
        order = await shop.order()
        await shop.fulfill(order, (3, 0))
        await shop.refused("POST", "/fulfillments", shop.parcel(order, (1, 0)))
        kept = [one for one in (await shop.ledger("p-1"))["requests"] if "items" in one]

        assert [(one["orderState"], one["code"]) for one in kept] == [
            ("accepted", None),
            ("accepted", "item_fulfilled"),
        ]
        assert [one["items"][0]["quantity"] for one in kept] == [3, 1]

    async def test_the_upstream_header_tells_a_purchase(self, shop):
        """A call that names nothing belongs to the purchase of its `upstream-id`."""
        await shop.call("GET", "/orders", **{"upstream-id": "p-7"})

        assert len((await shop.ledger("p-7"))["requests"]) == 1

    async def test_reset(self, shop):
        """A reset empties everything, but no order's id comes again."""
        first = await shop.order()
        await shop.ok("POST", "/_sandbox/reset")
        empty = await shop.ledger()
        second = await shop.order()

        assert not any(empty[name] for name in ("orders", "checkouts", "events", "requests"))
        assert first["id"] != second["id"]


class TestClock:
    async def test_ahead(self, shop):
        """The clock goes ahead by what it is told, and resources carry its time."""
        before = await shop.ok("GET", "/_sandbox/clock")
        await shop.advance("P400D")
        order = await shop.order()

        assert int(order["createdTime"][:4]) > int(before["now"][:4])

    async def test_not_a_duration(self, shop):
        """What is no duration is refused."""
        refusal = await shop.refused("POST", "/_sandbox/clock/advance", {"by": "soon"})

        assert (refusal[0], refusal[1]["parameter"]) == (400, "by")


class TestOrders:
    async def test_by_purchase(self, shop):
        """An order is named by its purchase too; that means the newest."""
        await shop.order(kind="konbini")
        newest = await shop.order(kind="konbini")
        paid = await shop.ok("POST", "/_sandbox/orders/upstream:p-1/pay")

        assert (paid["id"], paid["state"]) == (newest["id"], "accepted")

    async def test_what_cannot_be(self, shop):
        """An accepted order cannot be paid, reviewed or expire."""
        await shop.order()
        path = "/_sandbox/orders/upstream:p-1"
        bodies = {"pay": {}, "review": {"decision": "pass"}, "expire": {}, "abandon": {}}
        refusals = [await shop.refused("POST", f"{path}/{act}", bodies[act]) for act in bodies]

        assert [status for status, _ in refusals] == [409] * 4

    async def test_unknown_ones(self, shop):
        """Unknown orders, acts and controls are not found."""
        paths = ("/orders/1/pay", "/orders/upstream:x/pay", "/weather")
        refusals = [await shop.refused("POST", f"/_sandbox{path}") for path in paths]

        assert [status for status, _ in refusals] == [404] * 3
