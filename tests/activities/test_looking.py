"""Looking for what an earlier try may have created."""

from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from activities.looking import Looking
from tests.running.river import client_of, served


@pytest.mark.parametrize(("place", "found"), [(0, True), (5, True), (99, False)])
async def test_order_is_found_on_whatever_page_it_stands(place, found):
    """A list that ignores its filters and gives two a page still leads to the order."""
    entries = [{"id": f"{n}", "state": "accepted", "checkoutId": f"c{n}"} for n in range(6)]

    async def orders(request: web.Request) -> web.Response:
        after = request.query.get("startingAfter")
        start = next((i + 1 for i, each in enumerate(entries) if each["id"] == after), 0)
        page = entries[start : start + 2]
        return web.json_response({"hasMore": start + 2 < len(entries), "data": page})

    app = web.Application()
    app.router.add_get("/orders", orders)
    async with served(app) as url, aiohttp.ClientSession() as http:
        order = await Looking(client_of(http, url), timedelta(0)).order_of(f"c{place}")

    assert found is (order is not None)
    assert order is None or order.id == f"{place}"
