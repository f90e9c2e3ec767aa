import asyncio
import json
import shutil
import stat

import pytest
from structlog.testing import capture_logs

from ferryman.sandbox import SandboxSettings, StateError, create_sandbox


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
