import asyncio


class TestCreation:
    async def test_what_a_checkout_carries_is_copied(self, shop):
        """Upstream id, metadata and line metadata go from the checkout to its order."""
        checkout = await shop.ready()
        order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})

        assert (checkout["id"], "p-1") == (order["checkoutId"], order["upstreamId"])
        assert order["metadata"] == {"shop": "berlin"}
        assert order["items"][0]["metadata"] == {"lineId": "a"}

    async def test_what_the_shopper_was_told_is_copied(self, shop):
        """The disclosures of a checkout are the order's too."""
        told = {"disclosures": [{"type": "termsOfSale", "entityId": "DR_IRELAND-ENTITY"}]}

        assert (await shop.order(checkout={"disclosures": told}))["disclosures"] == told

    async def test_ids_are_new_and_numeric(self, shop):
        """An order and its items have numeric ids unlike the checkout's."""
        checkout = await shop.ready()
        order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})
        ids = [order["id"], *(item["id"] for item in order["items"])]

        assert all(identity.isdigit() and 12 <= len(identity) <= 13 for identity in ids)
        assert order["items"][0]["id"] != checkout["items"][0]["id"]

    async def test_expanded(self, shop):
        """Expanded, an order tells which products are physical, and their own metadata."""
        sku = {"name": "Lamp", "eccn": "EAR99", "taxCode": "4323.310_A", "countryOfOrigin": "DE"}
        await shop.ok("PUT", "/skus/lamp", {**sku, "metadata": {"bulb": "led"}})
        order = await shop.order()
        plain = await shop.reread(order)
        expanded = await shop.ok("GET", f"/orders/{order['id']}?expand=true")
        products = [item["productDetails"] for item in expanded["items"]]

        assert "physical" not in plain["items"][0]["productDetails"]
        assert [product["physical"] for product in products] == [True, False]
        assert products[0]["metadata"] == {"bulb": "led"}

    async def test_fields_beside_the_checkout_are_ignored(self, shop):
        """What is sent beside `checkoutId` changes nothing."""
        checkout = await shop.ready()
        body = {"checkoutId": checkout["id"], "upstreamId": "other", "email": "x@example.com"}
        order = await shop.ok("POST", "/orders", body)

        assert (order["upstreamId"], order["email"]) == ("p-1", "erika@example.com")

    async def test_an_accepted_order(self, shop):
        """A good card gives an accepted order whose charge can be captured."""
        order = await shop.order()
        charge = order["payment"]["charges"][0]

        assert (order["state"], order["fraudState"]) == ("accepted", "passed")
        assert (charge["state"], charge["captured"]) == ("capturable", False)
        assert order["payment"]["session"]["state"] == "complete"
        assert list(order["stateTransitions"]) == ["accepted"]

    async def test_a_checkout_is_used_once(self, shop):
        """A checkout that made an order is not found any more."""
        checkout = await shop.ready()
        await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})
        refusal = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})

        assert (refusal[0], refusal[1]["code"]) == (404, "not_found")
        assert refusal[1]["parameter"] == "orderId"

    async def test_two_at_once_make_one_order(self, shop):
        """Of two simultaneous creations from one checkout one is not found."""
        checkout = await shop.ready()
        body = {"checkoutId": checkout["id"]}
        calls = [shop.call("POST", "/orders", body) for _ in range(2)]
        statuses = sorted(status for status, _, _ in await asyncio.gather(*calls))

        assert statuses == [201, 404]

    async def test_a_409_uses_the_checkout_up(self, shop):
        """A declined checkout can never make an order."""
        checkout = await shop.ready(number="4000000000003600")
        declined = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})
        again = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})
        found = await shop.ok("GET", "/orders?upstreamIds=p-1")

        assert (declined[0], declined[1]["message"]) == (409, "Failed to charge source.")
        assert again[0] == 404
        assert found == {"hasMore": False, "data": []}

    async def test_a_400_leaves_the_checkout(self, shop):
        """A checkout that lacks something is mended and makes its order after all."""
        checkout = await shop.ready(checkout={"email": None})
        path, body = f"/checkouts/{checkout['id']}", {"checkoutId": checkout["id"]}
        refusal = await shop.refused("POST", "/orders", body)
        await shop.ok("POST", path, {"email": "erika@example.com"})
        order = await shop.ok("POST", "/orders", body)

        assert (refusal[0], refusal[1]["code"]) == (400, "order_create_failed")
        assert order["state"] == "accepted"

    async def test_without_a_checkout(self, shop):
        """A full request makes an order by itself."""
        source = await shop.source(None)
        body = {**shop.basket(), "sourceId": source["id"]}
        order = await shop.ok("POST", "/orders", body)

        assert order["state"] == "accepted"
