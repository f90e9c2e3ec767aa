import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from ferryman.digital_river.signature import SignatureError, verify
from ferryman.sandbox import DEFAULT_WEBHOOK_SECRET
from ferryman.sandbox.delivery import retry_pause, signed

_ENVELOPE = {"id", "type", "data", "liveMode", "createdTime", "webhookIds", "digitalriverVersion"}


async def _state_of(shop, kind):
    ledger = await shop.ledger()
    return next(one for one in ledger["events"] if one["event"]["type"] == kind)


class TestSignatures:
    def test_the_vector(self):
        """The signature of a known body is the known one."""
        body = (
            b'{"id":"e5bf7399-49ba-4ea6-a217-65e8efcaee86","type":"order.accepted",'
            b'"data":{"object":{"id":"204440790336"}}}'
        )
        header = signed(["test_signing_secret"], "1635790986272", body)

        assert header == "1635790986272, mhAlFriJ5NIvTWv8Tovfw7b+WkIyPDigb9npHZSMycw="

    async def test_every_delivery_is_signed_now(self, shop, receiver):
        """A delivery verifies with the sandbox's secret and carries the present time."""
        await shop.order()
        await shop.advance("P1D")
        _, body, header = receiver.received[0]
        now, minute = datetime.now(UTC), timedelta(minutes=1)
        verify(header, body, [DEFAULT_WEBHOOK_SECRET], now=now, tolerance=minute)

        with pytest.raises(SignatureError):
            verify(header, body + b" ", [DEFAULT_WEBHOOK_SECRET], now=now, tolerance=minute)

    async def test_signing_by_the_clock_that_was_turned(self, start, receiver):
        """Where the receiver's clock goes along, a retry is signed anew at the sandbox's time."""
        receiver.answers = [503]
        shop = await start(webhook_clock="sandbox")
        await shop.order()
        await shop.advance("P1D")
        now = datetime.fromisoformat((await shop.ok("GET", "/_sandbox/clock"))["now"])
        (first, _, early), (again, body, late) = receiver.received[:2]
        day = timedelta(days=1)
        verify(late, body, [DEFAULT_WEBHOOK_SECRET], now=now, tolerance=day)

        assert first["id"] == again["id"]
        assert int(late.split(",")[0]) - int(early.split(",")[0]) == pytest.approx(
            300_000, abs=9_000
        )
        with pytest.raises(SignatureError):
            verify(late, body, [DEFAULT_WEBHOOK_SECRET], now=now - 2 * day, tolerance=day)

    async def test_each_active_secret_signs(self, start, receiver):
        """While secrets are rotated a delivery verifies with either."""
        shop = await start(webhook_secrets="new-secret, old-secret")
        await shop.order()
        await shop.advance()
        _, body, header = receiver.received[0]

        assert len(header.split(", ")) == 3
        for secret in ("new-secret", "old-secret"):
            verify(header, body, [secret], now=datetime.now(UTC), tolerance=timedelta(minutes=1))


class TestEnvelope:
    async def test_as_published(self, shop, receiver):
        """An event has the published fields, and its object is the order itself."""
        order = await shop.order()
        await shop.advance()
        event = receiver.received[0][0]

        assert set(event) == _ENVELOPE
        assert event["data"]["object"]["id"] == order["id"]
        assert event["webhookIds"] == [(await shop.ok("GET", "/webhooks"))[0]["id"]]

    async def test_invoices_have_their_own(self, shop, receiver):
        """An invoice's event names no version, and its object a file."""
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        event = receiver.received[-1][0]

        assert event["type"] == "order.invoice.created"
        assert event["versionIds"] == []
        assert event["data"]["object"]["orderId"] == order["id"]

    async def test_snapshots_do_not_change(self, shop):
        """An event keeps the state of its moment."""
        order = await shop.order(last_name="Review")
        await shop.control(order, "review", decision="pass")
        events = (await shop.ok("GET", "/events?type=order.review_opened"))["data"]

        assert events[0]["data"]["object"]["state"] == "in_review"


class TestHistory:
    @pytest.mark.parametrize(
        ("query", "types"),
        [
            ("type=order.accepted", ["order.accepted"]),
            ("type=order.*", ["order.accepted", "order.review_closed", "order.review_opened"]),
            ("types=order.accepted,source.chargeable", ["order.accepted", "source.chargeable"]),
            ("type=order.*&createdTime[lt]=2000-01-01T00:00:00Z", []),
        ],
    )
    async def test_filters(self, shop, query, types):
        """Events are listed newest first, by type, wildcard and time."""
        order = await shop.order(last_name="Review")
        await shop.control(order, "review", decision="pass")
        events = await shop.ok("GET", f"/events?{query}")

        assert [event["type"] for event in events["data"]] == types

    async def test_kept_for_thirty_days(self, shop):
        """After 30 days an event is gone."""
        await shop.order()
        events = await shop.ok("GET", "/events?type=order.accepted")
        await shop.advance("P31D")
        later = await shop.ok("GET", "/events?type=order.accepted")
        refusal = await shop.refused("GET", f"/events/{events['data'][0]['id']}")

        assert (len(events["data"]), later["data"], refusal[0]) == (1, [], 404)


class TestRetries:
    @pytest.mark.parametrize("answer", [500, 302, 404, "hang"])
    async def test_what_is_not_taken_comes_again(self, start, receiver, answer):
        """Errors, redirects and silence are answered by a retry with a new signature."""
        shop = await start(webhook_timeout=0.2)
        receiver.answers = [answer]
        await shop.order()
        await shop.advance("PT1M")
        first = await _state_of(shop, "order.accepted")
        await shop.advance("PT10M")
        after = await _state_of(shop, "order.accepted")
        signatures = {header for _, _, header in receiver.received}

        assert first["state"] == "pending"
        assert after["state"] == "delivered"
        assert [one["attempt"] for one in after["deliveries"]] == [1, 2]
        assert (receiver.types, len(signatures)) == (["order.accepted"] * 2, 2)

    async def test_test_mode_gives_up_after_four_retries(self, shop, receiver):
        """In test mode an event is sent five times in about two hours, then never again."""
        receiver.answers = [503] * 10
        await shop.order()
        await shop.advance("PT3H")
        after = await _state_of(shop, "order.accepted")
        await shop.advance("P3D")
        times = [datetime.fromisoformat(one["time"]) for one in after["deliveries"]]
        gaps = [(end - begin).total_seconds() for begin, end in itertools.pairwise(times)]

        assert [round(gap / 60) for gap in gaps] == [5, 15, 30, 70]
        assert (len(receiver.received), after["state"]) == (5, "failed")

    def test_production_goes_on_for_three_days(self):
        """In production pauses double and end within 72 hours."""
        pauses = []
        while (pause := retry_pause("production", len(pauses) + 1)) is not None:
            pauses.append(pause)
        total = sum(pauses, timedelta())

        assert timedelta(hours=60) < total <= timedelta(hours=72)
        assert pauses[:3] == [timedelta(minutes=minutes) for minutes in (1, 2, 4)]

    async def test_a_webhook_that_fails_for_days_is_disabled(self, start, receiver):
        """After days of failures a webhook is disabled, until it is enabled again."""
        shop = await start()
        receiver.answers = [500] * 20
        for day in range(3):
            await shop.order(f"p-{day}")
            await shop.advance("P3D")
        hook = (await shop.ok("GET", "/webhooks"))[0]
        again = await shop.ok("PATCH", f"/webhooks/{hook['id']}", {"enabled": True})

        assert (hook["enabled"], again["enabled"]) == (False, True)

    async def test_another_webhook_gets_what_it_asked_for(self, shop, receiver):
        """A registered webhook gets its types only, beside the first."""
        await shop.ok("POST", "/webhooks", {"types": ["order.*"], "address": receiver.url})
        order = await shop.order()
        await shop.fulfill(order, (1, 0))
        await shop.advance()
        counts = {kind: receiver.types.count(kind) for kind in receiver.types}

        assert (counts["order.accepted"], counts["fulfillment.created"]) == (2, 1)

    async def test_nobody_to_tell(self, start, receiver):
        """Without a webhook events are kept and sent nowhere."""
        shop = await start(webhook_url="")
        await shop.order()
        await shop.advance()

        assert (receiver.received, await shop.events()) == ([], ["order.accepted"])

    async def test_early_events(self, start, receiver):
        """An early event is there before the answer that caused it."""
        shop = await start(early_events=True)
        await shop.order()

        assert receiver.types == ["order.accepted"]


class TestRules:
    async def _rule(self, shop, **rule):
        return await shop.ok("POST", "/_sandbox/event-rules", {"upstreamId": "p-1", **rule})

    async def test_drop(self, shop, receiver):
        """A dropped event is never sent; other purchases' events are."""
        await self._rule(shop, action="drop")
        await shop.order()
        await shop.order("p-2")
        await shop.advance()

        told = [event["data"]["object"]["upstreamId"] for event, _, _ in receiver.received]

        assert told == ["p-2"]
        assert (await _state_of(shop, "order.accepted"))["state"] == "dropped"

    @pytest.mark.parametrize("order", ["forward", "reverse"])
    async def test_hold_and_release(self, shop, receiver, order):
        """Held events wait, and leave in the order that is asked for."""
        await self._rule(shop, action="hold", types=["order.*"])
        placed = await shop.order(last_name="Review")
        await shop.control(placed, "review", decision="pass")
        await shop.advance()
        before = list(receiver.types)
        released = await shop.ok("POST", "/_sandbox/events/release", {"order": order})
        expected = ["order.review_opened", "order.review_closed", "order.accepted"]

        assert (before, released) == ([], {"released": 3})
        assert receiver.types == (expected if order == "forward" else expected[::-1])

    async def test_release_in_disorder(self, shop, receiver):
        """Held events can be let go shuffled; none is lost."""
        await self._rule(shop, action="hold")
        placed = await shop.order()
        await shop.fulfill(placed, (3, 0), (1, 0))
        await shop.advance()
        await shop.ok("POST", "/_sandbox/events/release", {"upstreamId": "p-1", "order": "shuffle"})
        expected = [*await shop.events()]

        assert receiver.types != expected
        assert sorted(receiver.types) == sorted(expected)

    async def test_duplicate_and_shuffle(self, shop, receiver):
        """Rules combine: each event three times, in no order."""
        await self._rule(shop, action="duplicate", copies=3)
        await self._rule(shop, action="shuffle", window="PT5S")
        placed = await shop.order()
        await shop.fulfill(placed, (3, 0), (1, 0))
        await shop.advance("PT10S")
        expected = [kind for kind in await shop.events() for _ in range(3)]

        assert receiver.types != expected
        assert sorted(receiver.types) == sorted(expected)

    async def test_a_rule_for_some(self, shop, receiver):
        """A rule with a probability takes that share of the events, the others go their way."""
        await self._rule(shop, action="drop", probability=0.5)
        for _ in range(20):
            await shop.order()
        await shop.advance()
        states = Counter(one["state"] for one in (await shop.ledger("p-1"))["events"])

        assert states["dropped"] > 0
        assert states["delivered"] == len(receiver.received) > 0

    async def test_delay(self, shop, receiver):
        """A delayed event comes that much later."""
        await self._rule(shop, action="delay", by="PT1H")
        await shop.order()
        await shop.advance("PT59M")
        before = list(receiver.types)
        await shop.advance("PT2M")

        assert (before, receiver.types) == ([], ["order.accepted"])

    async def test_resend(self, shop, receiver):
        """An event can be sent again."""
        await shop.order()
        await shop.advance()
        event = receiver.received[0][0]
        await shop.ok("POST", f"/_sandbox/events/{event['id']}/resend")

        assert receiver.types == ["order.accepted"] * 2

    async def test_rules_come_and_go(self, shop, receiver):
        """A rule that was removed does nothing more."""
        rule = await self._rule(shop, action="drop")
        listed = await shop.ok("GET", "/_sandbox/event-rules")
        await shop.ok("DELETE", f"/_sandbox/event-rules/{rule['id']}")
        await shop.order()
        await shop.advance()

        assert [one["id"] for one in listed] == [rule["id"]]
        assert receiver.types == ["order.accepted"]
