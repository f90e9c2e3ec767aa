import pytest

from ferryman.sandbox.triggers import trigger_of


async def _shipped(shop, **source):
    order = await shop.order(**source)
    await shop.fulfill(order, (3, 0), (1, 0))
    await shop.advance("PT1M")
    return await shop.reread(order)


async def _refunded(shop, **source):
    order = await _shipped(shop, **source)
    body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
    return order, await shop.ok("POST", "/refunds", body)


class TestSources:
    @pytest.mark.parametrize(
        ("kind", "given"),
        [
            ("creditCard", {"number": "4000000000003295"}),
            ("konbini", {"last_name": "SourceCreationFail"}),
            ("payPal", {"last_name": "SourceCreationFail"}),
            ("directDebit", {"last_name": "SourceFail"}),
            ("alipay", {"last_name": "authFail"}),
        ],
    )
    async def test_a_source_that_cannot_be_created(self, shop, kind, given):
        """These cards and names make no source at all."""
        with pytest.raises(AssertionError, match="Failed to create source"):
            await shop.source(None, kind, **given)

    async def test_a_push_source_fails_after_a_while(self, shop):
        """SourceFailWithDelay cancels the order 30 seconds later and fails its session."""
        order = await shop.order(kind="wireTransfer", last_name="SourceFailWithDelay")
        await shop.advance("PT29S")
        before = await shop.reread(order)
        await shop.advance("PT2S")
        after = await shop.reread(order)

        assert before["state"] == "pending_payment"
        assert (after["state"], after["payment"]["session"]["state"]) == ("cancelled", "failed")


class TestDeclines:
    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"number": "4000 0000 0000 3600"}, "failed-request"),
            ({"last_name": "ChargeFail"}, "failed-request"),
            ({"last_name": "ChargeCreationFail"}, "failed-request"),
            ({"last_name": "SCATestFail", "kind": "googlePay"}, "failed-request"),
            ({"last_name": "FraudBlock"}, "order-fraud-failure"),
            ({"last_name": "FailCode"}, "failed-request"),
            ({"last_name": "FailCode insufficient_funds"}, "insufficient_funds"),
            ({"last_name": "FailCodeDoNotHonor"}, "do_not_honor"),
            ({"last_name": "FailCode card-expired"}, "card_expired"),
            ({"last_name": "FailCode nonsense"}, "failed-request"),
        ],
    )
    async def test_at_creation(self, shop, given, code):
        """These cards and names decline the charge when the order is created."""
        checkout = await shop.ready(**given)
        refusal = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})

        assert (refusal[0], refusal[1]["code"]) == (409, code)

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            ("directDebit", "SourceFailAfterRedirect"),
            ("directDebit", "ChargeFail"),
            ("klarnaCredit", "ChargeCreationFail"),
            ("alipay", "authFailAfterRedirect"),
        ],
    )
    async def test_after_a_redirect(self, shop, kind, name):
        """These names fail the charge when the shopper is back."""
        order = await shop.order(kind=kind, last_name=name)
        await shop.control(order, "pay")
        after = await shop.ok("POST", f"/orders/{order['id']}/refresh")

        assert after["state"] == "cancelled"
        assert after["payment"]["charges"][0]["state"] == "failed"

    @pytest.mark.parametrize(
        ("name", "state"),
        [("ChargeRemainPending", "pending_payment"), ("ChargeFailedAfterPending", "cancelled")],
    )
    async def test_long_after_a_redirect(self, shop, name, state):
        """These names leave the charge pending, for good or until it fails."""
        order = await shop.order(kind="directDebit", last_name=name)
        await shop.control(order, "pay")
        pending = await shop.ok("POST", f"/orders/{order['id']}/refresh")
        await shop.advance("PT1M")
        after = await shop.reread(order)

        assert pending["payment"]["session"]["state"] == "pending"
        assert (pending["state"], after["state"]) == ("pending_payment", state)


class TestCaptures:
    @pytest.mark.parametrize(
        ("given", "capture", "state"),
        [
            ({"number": "4444222233331111"}, "complete", "complete"),
            ({"number": "4000000000004103"}, "failed", "fulfilled"),
            ({"number": "4485951788521565"}, "failed", "fulfilled"),
            ({"last_name": "CaptureFail", "kind": "googlePay"}, "failed", "fulfilled"),
            ({"number": "4024007120579635"}, "pending", "fulfilled"),
            ({"number": "4000000000000028"}, "pending", "fulfilled"),
        ],
    )
    async def test_captures(self, shop, given, capture, state):
        """These cards capture, fail to, or stay pending; only a captured order is complete."""
        order = await _shipped(shop, **given)

        assert order["payment"]["charges"][0]["captures"][0]["state"] == capture
        assert order["state"] == state

    async def test_a_failed_capture_is_explained_by_its_charge(self, shop):
        """The reason of a failed capture stands on the charge, and nothing was captured."""
        order = await _shipped(shop, number="4000000000004103")
        charge = await shop.ok("GET", f"/charges/{order['payment']['charges'][0]['id']}")

        assert charge["captures"][0]["failureMessage"] == "Failed to operate on charge"
        assert (charge["state"], order["capturedAmount"]) == ("capturable", 0)
        told = (await shop.ok("GET", "/events?type=order.charge.capture.failed"))["data"][0]
        (capture,) = told["data"]["object"]["captures"]
        assert capture["failureCode"] == "failed-request"
        assert "failureMessage" not in capture
        assert capture["fulfillmentId"].startswith("ful_")

    async def test_a_failed_capture_may_be_retried(self, start):
        """Where Digital River tries again, a failed capture completes after all."""
        shop = await start(capture_retry="P1D")
        order = await _shipped(shop, number="4000000000004103")
        await shop.advance("P2D")
        after = await shop.reread(order)

        assert (order["state"], after["state"]) == ("fulfilled", "complete")
        assert after["capturedAmount"] == after["totalAmount"]

    async def test_a_failed_cancel(self, shop):
        """A cancel that fails leaves the order as it is and says so."""
        order = await shop.order(number="4000000000004442")
        await shop.fulfill(order, (0, 3), (0, 1))
        await shop.advance()
        after = await shop.reread(order)

        assert after["payment"]["charges"][0]["cancels"][0]["state"] == "failed"
        assert (after["state"], after["cancelledAmount"]) == ("accepted", 0)


class TestRefunds:
    @pytest.mark.parametrize(
        ("given", "state"),
        [
            ({}, "succeeded"),
            ({"number": "4000000000004111"}, "failed"),
            ({"number": "4556602564240839"}, "failed"),
            ({"last_name": "RefundFail", "kind": "googlePay"}, "failed"),
            ({"last_name": "RefundFailedAfterPending"}, "failed"),
            ({"last_name": "refundFail"}, "failed"),
        ],
    )
    async def test_refunds(self, shop, given, state):
        """These cards and names refund or fail to."""
        _, refund = await _refunded(shop, **given)
        await shop.advance()
        after = await shop.ok("GET", f"/refunds/{refund['id']}")

        assert (refund["state"], after["state"]) == ("pending", state)

    @pytest.mark.parametrize(
        ("name", "state"), [("Beispiel", "succeeded"), ("RefundFailAfterPaymentInfo", "failed")]
    )
    async def test_a_pushed_payment_needs_bank_details(self, shop, name, state):
        """The refund of a pushed payment asks for information first."""
        order = await shop.order(kind="wireTransfer", last_name=name)
        await shop.control(order, "pay")
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
        refund = await shop.ok("POST", "/refunds", body)
        await shop.advance()
        asking = await shop.ok("GET", f"/refunds/{refund['id']}")
        after = await shop.ok("POST", f"/_sandbox/refunds/{refund['id']}/information")

        assert asking["state"] == "pending_information"
        assert "token" in asking["tokenInformation"]
        assert after["state"] == state

    async def test_a_refund_that_fails_at_once(self, shop):
        """RefundFailWhileCreation takes the refund and fails it without asking for anything."""
        order = await shop.order(kind="wireTransfer", last_name="RefundFailWhileCreation")
        await shop.control(order, "pay")
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
        refund = await shop.ok("POST", "/refunds", body)
        await shop.advance()
        after = await shop.ok("GET", f"/refunds/{refund['id']}")

        assert (refund["state"], after["state"]) == ("pending", "failed")
        assert "refund.pending_information" not in await shop.events("p-1")


def test_other_names_do_nothing():
    """A usual card with a usual owner plays no scenario."""
    assert trigger_of({"lastName": "Beispiel"}, "4444222233331111") == ""
    assert trigger_of(None, None) == ""
