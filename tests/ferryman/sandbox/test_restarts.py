import asyncio
import json
import shutil
import stat

import pytest
from structlog.testing import capture_logs

from ferryman.sandbox import SandboxSettings, StateError, create_sandbox


class Kept:
    """A sandbox that keeps its state in a file, to be started over and over."""

    def __init__(self, start, path):
        self.path = path
        self._start = start
        self._settings = {"state": str(path)}

    async def start(self, **settings):
        """Start it with what it was told before, and this."""
        self._settings |= settings
        return await self._start(**self._settings)

    async def restart(self, shop, **settings):
        """Stop it and start it again, told this as well."""
        await shop.stop()
        return await self.start(**settings)


@pytest.fixture
def kept(start, tmp_path):
    """A sandbox with a file of its own, in a folder that is not there yet."""
    return Kept(start, tmp_path / "data" / "sandbox.json")


async def _violations(shop):
    return (await shop.ledger())["violations"]


class TestMidway:
    async def test_a_pending_capture(self, kept):
        """A capture that is pending over two restarts ends once, at its time, to the cent."""
        shop = await kept.start(capture_delay="PT1H")
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance("PT1M")
        shop = await kept.restart(shop)
        await shop.advance("PT30M")
        before = await shop.reread(order)
        shop = await kept.restart(shop)
        await shop.advance("PT31M")
        after = await shop.reread(order)
        types = await shop.events("p-1")

        assert (before["state"], after["state"]) == ("fulfilled", "complete")
        assert before["payment"]["charges"][0]["state"] == "processing"
        assert after["availableToRefundAmount"] == after["totalAmount"] == after["capturedAmount"]
        assert sum(one["availableToRefundAmount"] for one in after["items"]) > 0
        assert types.count("order.charge.capture.complete") == types.count("order.complete") == 1
        assert await _violations(shop) == []

    async def test_a_fulfillment_that_nothing_has_followed_yet(self, kept):
        """What was reported just before a restart is captured and cancelled after it."""
        shop = await kept.start(settle_delay="PT1H")
        order = await shop.order()
        await shop.fulfill(order, (2, 1), (1, 0))
        shop = await kept.restart(await kept.restart(shop))
        await shop.advance("PT2H")
        after = await shop.reread(order)

        assert after["state"] == "complete"
        assert after["capturedAmount"] + after["cancelledAmount"] == after["totalAmount"]
        assert await _violations(shop) == []

    async def test_a_payment_window(self, kept):
        """A window closes when it would have, however often the sandbox was restarted in it."""
        shop = await kept.start()
        order = await shop.order(kind="konbini")
        shop = await kept.restart(shop)
        await shop.advance("P6DT23H")
        shop = await kept.restart(shop)
        before = await shop.reread(order)
        await shop.advance("PT2H")
        after = await shop.reread(order)

        assert (before["state"], after["state"]) == ("pending_payment", "cancelled")
        assert await shop.events("p-1") == ["order.pending_payment", "order.cancelled"]
        assert await _violations(shop) == []

    async def test_money_for_an_order_of_before(self, kept):
        """An order that waits for money over restarts takes it, and its source is used up."""
        shop = await kept.start()
        order = await shop.order(kind="konbini")
        shop = await kept.restart(await kept.restart(shop))
        await shop.control(order, "pay")
        after = await shop.reread(order)
        source = await shop.ok("GET", f"/sources/{order['payment']['sources'][0]['id']}")

        assert (after["state"], source["state"]) == ("accepted", "consumed")
        assert (
            after["payment"]["session"]["clientSecret"]
            == (order["payment"]["session"]["clientSecret"])
        )

    async def test_a_review(self, kept):
        """A review that decides itself does so after restarts."""
        shop = await kept.start(review_delay="PT1H")
        order = await shop.order(last_name="Review")
        shop = await kept.restart(shop)
        await shop.advance("PT59M")
        shop = await kept.restart(shop)
        before = await shop.reread(order)
        await shop.advance("PT2M")
        after = await shop.reread(order)

        assert (before["state"], after["state"]) == ("in_review", "accepted")
        assert await _violations(shop) == []

    async def test_a_refund(self, kept):
        """A refund that waits for bank details expires after restarts."""
        shop = await kept.start()
        order = await shop.order(kind="wireTransfer")
        await shop.control(order, "pay")
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance("PT1M")
        body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
        refund = await shop.ok("POST", "/refunds", body)
        shop = await kept.restart(shop)
        await shop.advance("PT1M")
        shop = await kept.restart(shop)
        before = await shop.ok("GET", f"/refunds/{refund['id']}")
        await shop.advance("P31D")
        after = await shop.ok("GET", f"/refunds/{refund['id']}")

        assert (before["state"], after["state"]) == ("pending_information", "expired")
        assert await _violations(shop) == []

    async def test_an_open_checkout(self, kept):
        """A checkout and the source attached to it make an order after restarts."""
        shop = await kept.start()
        checkout = await shop.ready()
        shop = await kept.restart(await kept.restart(shop))
        order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})

        assert (order["state"], order["totalAmount"]) == ("accepted", checkout["totalAmount"])

    async def test_a_call_that_is_carried_out_late(self, kept):
        """A call that a fault has put off is carried out after a restart, and booked as such."""
        shop = await kept.start()
        checkout = await shop.ready()
        fault = {"path": "/orders", "kind": "late_commit", "delay": "PT1H", "status": 504}
        await shop.ok("POST", "/_sandbox/faults", fault)
        await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})
        shop = await kept.restart(shop)
        await shop.advance("PT2H")
        ledger = await shop.ledger("p-1")

        assert [order["state"] for order in ledger["orders"]] == ["accepted"]
        assert [one["lateStatus"] for one in ledger["requests"] if one["fault"]] == [201]


class TestDeliveries:
    async def test_retries_go_on(self, kept, receiver):
        """An event that is refused over restarts comes again at its time, counted on."""
        receiver.answers = [503] * 3
        shop = await kept.start()
        await shop.order()
        await shop.advance("PT1M")
        shop = await kept.restart(shop)
        await shop.advance("PT5M")
        shop = await kept.restart(shop)
        before = len(receiver.received)
        await shop.advance("PT1H")
        (record,) = (await shop.ledger("p-1"))["events"][-1:]

        assert (before, len(receiver.received)) == (2, 4)
        assert record["state"] == "delivered"
        assert [one["attempt"] for one in record["deliveries"]] == [1, 2, 3, 4]
        assert len({body for _, body, _ in receiver.received}) == 1
        assert await _violations(shop) == []

    @pytest.mark.parametrize("early", [False, True])
    async def test_one_that_was_cut_off_comes_again(self, kept, receiver, early):
        """A delivery whose answer a restart has cut off is made once more."""
        receiver.answers = ["hang"]
        shop = await kept.start(webhook_timeout=60, settle_delay=0, early_events=early)
        checkout = await shop.ready()
        ordering = asyncio.create_task(shop.call("POST", "/orders", {"checkoutId": checkout["id"]}))
        await receiver.arrived(1)
        await kept.restart(shop)
        await asyncio.gather(ordering, return_exceptions=True)
        await receiver.arrived(2)

        assert receiver.types == ["order.accepted"] * 2

    async def test_they_follow_the_address(self, kept, receiver):
        """What the settings' webhook has not got goes to where they point after a restart."""
        shop = await kept.start(webhook_url="http://127.0.0.1:9/hook")
        await shop.order()
        await shop.advance("PT1M")
        shop = await kept.restart(shop, webhook_url=receiver.url)
        await shop.advance("PT5M")

        assert receiver.types == ["order.accepted"]

    async def test_held_ones_are_held(self, kept, receiver):
        """Rules outlive a restart, and so do the events which they hold."""
        shop = await kept.start()
        await shop.ok("POST", "/_sandbox/event-rules", {"action": "hold"})
        await shop.order()
        shop = await kept.restart(shop)
        await shop.order("p-2")
        await shop.advance()
        before = list(receiver.types)
        await shop.ok("POST", "/_sandbox/events/release")

        assert (before, receiver.types) == ([], ["order.accepted"] * 2)


class TestTheRest:
    async def test_ids_are_never_given_out_twice(self, kept):
        """Orders and items made after restarts have ids of their own."""
        shop, orders = await kept.start(), []
        for restart in range(3):
            orders += [await shop.order(f"p-{restart}-{number}") for number in range(10)]
            shop = await kept.restart(shop)
        ids = [one["id"] for order in orders for one in (order, *order["items"])]

        assert len(ids) == len(set(ids)) == 90

    async def test_everything_is_as_it_was(self, kept):
        """After a restart the ledger, the lists and the clock say what they said before."""
        paths = ("/_sandbox/ledger", "/events?limit=100", "/orders", "/files", "/webhooks", "/skus")
        sku = {"name": "Lamp", "eccn": "EAR99", "taxCode": "4323.310_A", "countryOfOrigin": "DE"}
        shop = await kept.start()
        await shop.ok("PUT", "/skus/lamp", sku)
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.order("p-2", last_name="Review", checkout={"metadata": {"ratio": 0.1}})
        await shop.advance("P2D")
        before = [await shop.ok("GET", path) for path in paths]
        shop = await kept.restart(shop)
        after = [await shop.ok("GET", path) for path in paths]
        for ledger in (before[0], after[0]):
            del ledger["requests"]
        offset = (await shop.ok("GET", "/_sandbox/clock"))["offsetSeconds"]

        assert before == after
        assert round(offset / 86400) == 2

    async def test_variants(self, kept):
        """Variants that were chosen stay; the others are as the environment has them now."""
        shop = await kept.start(unpaid="silent")
        await shop.ok("PUT", "/_sandbox/variants", {"captureDelay": "PT1H"})
        override = {"upstreamId": "p-1", "reviewDelay": "PT2H"}
        await shop.ok("POST", "/_sandbox/variants", override)
        shop = await kept.restart(shop, unpaid="charge_failed")
        common = await shop.ok("GET", "/_sandbox/variants")
        own = await shop.ok("POST", "/_sandbox/variants", {"upstreamId": "p-1"})

        assert (common["unpaid"], common["capture_delay"]) == ("charge_failed", "PT1H")
        assert (common["review_delay"], own["review_delay"]) == (None, "PT2H")

    async def test_faults(self, kept):
        """A fault that is left strikes after a restart; one that has struck does not."""
        shop = await kept.start()
        fault = {"path": "/orders", "kind": "status", "status": 503, "body": {"rate": 0.5}}
        await shop.ok("POST", "/_sandbox/faults", {**fault, "times": 2})
        statuses = []
        for _ in range(3):
            statuses.append((await shop.call("GET", "/orders"))[0])
            shop = await kept.restart(shop)

        assert statuses == [503, 503, 200]

    async def test_a_reset_is_kept_too(self, kept):
        """What was forgotten stays forgotten."""
        shop = await kept.start()
        await shop.order()
        await shop.ok("POST", "/_sandbox/reset")
        shop = await kept.restart(shop)

        assert (await shop.ledger())["orders"] == []

    @pytest.mark.parametrize("weird", [None, 7, "\ud800", [], {}])
    async def test_whatever_it_takes_it_can_keep(self, kept, weird):
        """Strange values are refused, or can be written down and taken up again."""
        shop = await kept.start()
        owner = {"lastName": "Beispiel", "address": {"country": "DE"}}
        calls = [
            ("/checkouts", shop.basket(upstreamId=weird)),
            ("/checkouts", shop.basket(metadata={"a": weird})),
            ("/customers", {"id": weird}),
            ("/_sandbox/sources", {"type": "ideal", "owner": owner, "returnUrl": weird}),
            ("/_sandbox/sources", {"type": "googlePay", "owner": owner, "readyForStorage": weird}),
            ("/_sandbox/variants", {"upstreamId": weird}),
        ]
        statuses = [(await shop.call("POST", *call))[0] for call in calls]
        before = await shop.ledger()
        after = await (await kept.restart(shop)).ledger()

        assert max(statuses) < 500
        assert before["checkouts"] == after["checkouts"]
        assert before["customers"] == after["customers"]

    async def test_its_own_marks_cannot_be_forged(self, kept):
        """Whatever marks a number in the file is taken for nothing in what a caller says."""
        shop = await kept.start()
        await shop.order()
        await shop.stop()
        (mark,) = json.loads(kept.path.read_text())["orders"][0]["total"]
        shop = await kept.start()
        await shop.call("POST", "/checkouts", shop.basket(metadata={"a": {mark: "1"}}))
        before = await shop.ledger()
        after = await (await kept.restart(shop)).ledger()

        assert before["checkouts"] == after["checkouts"]


class TestFile:
    async def test_it_is_for_its_owner_only(self, kept):
        """Nobody else can read the file, even where a draft was left behind that anybody could."""
        kept.path.parent.mkdir()
        draft = kept.path.with_name("sandbox.json.new")
        draft.write_text("{")
        draft.chmod(0o644)
        shop = await kept.start()
        mode = stat.S_IMODE(kept.path.stat().st_mode)
        await shop.stop()

        assert mode == stat.S_IMODE(kept.path.stat().st_mode) == 0o600
        assert [one.name for one in kept.path.parent.iterdir()] == ["sandbox.json"]

    async def test_a_save_that_fails_is_made_up_for(self, kept):
        """Where the file cannot be written for a while, calls are answered, and it is later."""
        shop = await kept.start()
        shutil.rmtree(kept.path.parent)
        with capture_logs() as logs:
            order = await shop.order()
            while not logs:
                await asyncio.sleep(0.05)
        kept.path.parent.mkdir()
        while not kept.path.exists():
            await asyncio.sleep(0.05)

        assert logs[0]["event"] == "state not saved"
        assert order["id"] in kept.path.read_text()

    @pytest.mark.parametrize(
        "content", ["", "{", "[]", "\ufeff", "[" * 10**5, '{"format": 2}', '{"format": 1}', "7"]
    )
    def test_a_file_it_cannot_read_stops_it(self, kept, content):
        """The start is refused in one line that names the file, which is left as it was."""
        kept.path.parent.mkdir()
        kept.path.write_text(content)
        with pytest.raises(StateError) as refused:
            create_sandbox(SandboxSettings(state=str(kept.path)))

        assert str(kept.path) in str(refused.value)
        assert "\n" not in str(refused.value)
        assert kept.path.read_text() == content

    @pytest.mark.parametrize("part", ["sources", "sessions", "orders", "events"])
    async def test_a_file_with_a_hole_stops_it(self, kept, part):
        """A state in which something is missing that something else needs is refused."""
        shop = await kept.start()
        await shop.order()
        await shop.stop()
        state = json.loads(kept.path.read_text())
        del state[part][0]["id" if part == "sessions" else "doc" if part != "events" else "body"]
        kept.path.write_text(json.dumps(state))

        with pytest.raises(StateError, match=r"sandbox\.json"):
            create_sandbox(SandboxSettings(state=str(kept.path)))

    @pytest.mark.parametrize("place", ["", "sandbox.json/below", "/proc/sandbox.json"])
    def test_a_place_where_nothing_can_be_kept(self, tmp_path, place):
        """Where no file can be, the start is refused instead of forgetting everything later."""
        (tmp_path / "sandbox.json").write_text("{}")
        path = str(tmp_path / place)
        with pytest.raises(StateError) as refused:
            create_sandbox(SandboxSettings(state=path))

        assert path in str(refused.value)
