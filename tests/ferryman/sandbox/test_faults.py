import asyncio

import aiohttp
import pytest


async def _fault(shop, **fault):
    return await shop.ok("POST", "/_sandbox/faults", {"method": "POST", "path": "/orders", **fault})


async def _orders(shop):
    return [order["state"] for order in (await shop.ledger("p-1"))["orders"]]


async def _create(shop):
    checkout = await shop.ready()
    return await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})


class TestKinds:
    async def test_status(self, shop):
        """A status is answered and nothing carried out."""
        await _fault(shop, kind="status", status=503, retryAfter=2)
        status, body, headers = await _create(shop)
        entry = (await shop.ledger("p-1"))["requests"][-1]

        assert (status, headers["Retry-After"], entry["retryAfter"]) == (503, "2", 2)
        assert body["type"] == "service_unavailable"
        assert await _orders(shop) == []

    async def test_status_after(self, shop):
        """The order is made, and the answer says it was not."""
        await _fault(shop, kind="status_after", status=502)
        status, _, _ = await _create(shop)

        assert (status, await _orders(shop)) == (502, ["accepted"])

    async def test_a_body_of_ones_own(self, shop):
        """A status can come with any body."""
        await _fault(shop, kind="status", status=429, body={"strange": True})
        status, body, _ = await _create(shop)

        assert (status, body) == (429, {"strange": True})

    @pytest.mark.parametrize(
        ("kind", "orders"), [("reset_before", []), ("reset_after", ["accepted"])]
    )
    async def test_resets(self, shop, kind, orders):
        """A connection is cut before or after the order is made."""
        await _fault(shop, kind=kind)
        with pytest.raises(aiohttp.ClientError):
            await _create(shop)
        entry = (await shop.ledger("p-1"))["requests"][-1]

        assert await _orders(shop) == orders
        assert (entry["status"], entry["fault"]) == (None, kind)

    async def test_latency(self, shop):
        """A slow call is carried out in the end."""
        await _fault(shop, kind="latency", delay="PT0.2S")
        status, _, _ = await _create(shop)
        entry = (await shop.ledger("p-1"))["requests"][-1]

        assert (status, await _orders(shop)) == (201, ["accepted"])
        assert entry["durationMs"] >= 200

    async def test_timeout_after(self, shop):
        """The order is made at once and the answer does not come in time."""
        await _fault(shop, kind="timeout_after", delay="PT0.3S")
        answer = asyncio.create_task(_create(shop))
        while await _orders(shop) != ["accepted"]:
            assert not answer.done()
        in_time = answer.done()
        status, _, _ = await answer

        assert (in_time, status) == (False, 201)

    async def test_late_commit(self, shop):
        """The connection is cut at once, and the order made afterwards."""
        await _fault(shop, kind="late_commit", delay="PT10S")
        with pytest.raises(aiohttp.ClientError):
            await _create(shop)
        at_once = await _orders(shop)
        await shop.advance("PT11S")
        entry = (await shop.ledger("p-1"))["requests"][-1]

        assert (at_once, await _orders(shop)) == ([], ["accepted"])
        assert entry["lateStatus"] == 201

    async def test_a_late_commit_meets_its_repetition(self, shop):
        """A repetition that comes first makes the order; the late one finds its checkout gone."""
        await _fault(shop, kind="late_commit", status=504, delay="PT10S")
        checkout = await shop.ready()
        body = {"checkoutId": checkout["id"]}
        first = await shop.refused("POST", "/orders", body)
        await shop.ok("POST", "/orders", body)
        await shop.advance("PT11S")
        entries = [one for one in (await shop.ledger())["requests"] if one["fault"]]

        assert (first[0], entries[0]["lateStatus"]) == (504, 404)
        assert entries[0]["lateCode"] == "not_found"
        assert await _orders(shop) == ["accepted"]

    async def test_wrong_body(self, shop):
        """The order is made, and the answer is no JSON."""
        await _fault(shop, kind="wrong_body")
        status, body, headers = await _create(shop)

        assert (status, await _orders(shop)) == (201, ["accepted"])
        assert headers["Content-Type"].startswith("text/html")
        assert body.startswith(b"<html>")


class TestAim:
    @pytest.mark.parametrize(
        ("aim", "statuses"),
        [
            ({"upstreamId": "p-1"}, [503, 200]),
            ({"upstreamId": "p-2"}, [200, 503]),
            ({"path": "/orders/*"}, [503, 503]),
            ({"path": "/orders"}, [200, 200]),
            ({"method": "GET"}, [503, 503]),
            ({"method": "DELETE"}, [200, 200]),
        ],
    )
    async def test_what_it_hits(self, shop, aim, statuses):
        """A fault hits the calls it is aimed at: by method, path and purchase."""
        orders = [await shop.order(name) for name in ("p-1", "p-2")]
        fault = {"kind": "status", "times": 0, **aim}
        await shop.ok("POST", "/_sandbox/faults", fault)
        answers = [await shop.call("GET", f"/orders/{order['id']}") for order in orders]

        assert [status for status, _, _ in answers] == statuses

    async def test_times(self, shop):
        """A fault strikes as often as it is told to."""
        await shop.ok("POST", "/_sandbox/faults", {"kind": "status", "times": 2})
        answers = [await shop.call("GET", "/orders") for _ in range(3)]

        assert [status for status, _, _ in answers] == [503, 503, 200]

    async def test_probability(self, shop):
        """A fault of probability nought never strikes."""
        await shop.ok("POST", "/_sandbox/faults", {"kind": "status", "probability": 0})
        status, _, _ = await shop.call("GET", "/orders")

        assert status == 200

    async def test_removed(self, shop):
        """A fault that was removed strikes no more."""
        fault = await shop.ok("POST", "/_sandbox/faults", {"kind": "status"})
        listed = await shop.ok("GET", "/_sandbox/faults")
        await shop.ok("DELETE", f"/_sandbox/faults/{fault['id']}")
        status, _, _ = await shop.call("GET", "/orders")

        assert ([one["id"] for one in listed], status) == ([fault["id"]], 200)

    async def test_refused(self, shop):
        """A fault that makes no sense is refused by its field."""
        refusal = await shop.refused("POST", "/_sandbox/faults", {"kind": "flood"})

        assert (refusal[0], refusal[1]["parameter"]) == (400, "kind")
