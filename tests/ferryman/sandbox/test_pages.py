import pytest


class TestRedirectPage:
    async def test_is_where_the_next_action_says(self, shop):
        """The next action's address shows the shopper a page to approve on."""
        order = await shop.order(kind="ideal")
        url = order["payment"]["session"]["nextAction"]["data"]["redirectUrl"]
        page = await shop.ok("GET", url[url.index("/payments") :])

        assert b"Approve" in page

    @pytest.mark.parametrize(
        ("answer", "expected"), [("approve", "accepted"), ("cancel", "pending_payment")]
    )
    async def test_answers(self, shop, answer, expected):
        """Approving accepts the order a little later, cancelling leaves it pending."""
        order = await shop.order(kind="ideal")
        source = order["payment"]["sources"][0]["id"]
        await shop.press(f"/payments/redirects/{source}", answer)
        await shop.advance()

        assert (await shop.reread(order))["state"] == expected

    async def test_a_wallet_is_approved_before_its_order(self, shop):
        """A wallet's approval makes its source chargeable and its session ready."""
        checkout = await shop.checkout()
        source = await shop.attach(checkout, await shop.source(checkout, "payPal", approved=False))
        await shop.press(f"/payments/redirects/{source['id']}", "approve")
        after = await shop.ok("GET", f"/checkouts/{checkout['id']}")

        assert after["payment"]["session"]["state"] == "requires_confirmation"

    async def test_no_such_page(self, shop):
        """A source without a redirect has no page."""
        source = await shop.source(None)
        status, _, _ = await shop.call("GET", f"/payments/redirects/{source['id']}")

        assert status == 404


class TestFileLinks:
    async def test_open_until_it_expires(self, shop):
        """A link gives the file without a key until it expires."""
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        file = (await shop.reread(order))["invoicePDFs"][0]["id"]
        clock = await shop.ok("GET", "/_sandbox/clock")
        year = int(clock["now"][:4]) + 1
        wish = {"fileId": file, "expiresTime": f"{year}-12-31T00:00:00Z"}
        link = await shop.ok("POST", "/file-links", wish)
        path = f"/links/{link['id']}"
        content = await shop.ok("GET", path)
        await shop.advance("P800D")
        status, _, _ = await shop.call("GET", path)

        assert link["url"].endswith(path)
        assert (content[:4], status) == (b"%PDF", 404)
