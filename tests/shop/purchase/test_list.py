"""All purchases: newest first, by state, by whether somebody is needed, page after page."""

import re
from datetime import timedelta

import pytest

from ferryman.purchase.purchase import Attention, WaitingFor
from ferryman.purchase.states import State
from shop.awaited import WHY
from tests.shop.purchase.made import BEGINNING, a_purchase

LATER = timedelta(days=400)


def listed(page):
    """The ids on a page, in its order."""
    return re.findall(r'<h2><a class="mono" href="/shop/purchases/([^"]+)">', page.body.decode())


@pytest.fixture(scope="module")
async def many(records):
    """25 purchases, each a minute younger than the one before, younger than any other test's."""
    calls = Attention(reason="capture_failed", since=BEGINNING)
    for number in range(25):
        purchase = a_purchase(
            f"many-{number:02}",
            State.IN_REVIEW if number % 2 else State.ACCEPTED,
            created_time=BEGINNING + LATER + timedelta(minutes=number),
            needs_attention=None if number % 10 else calls,
            waiting_for=WaitingFor(what="review", until=BEGINNING) if number % 2 else None,
        )
        await records.save(purchase, [])


@pytest.mark.usefixtures("many")
async def test_newest_first_and_page_after_page(door):
    """Twenty at a time, and the way to the older ones and back is on the page."""
    first = await door.get("/shop/purchases", scope=None)
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first.body.decode())
    second = await door.get(older.replace("&amp;", "&"), scope=None)

    assert [f"many-{number:02}" for number in range(24, 4, -1)] == listed(first)
    assert [f"many-{number:02}" for number in range(4, -1, -1)] == listed(second)[:5]
    assert b'<a href="/shop/purchases">Newest</a>' in second.body
    assert b"Newest" not in first.body


@pytest.mark.usefixtures("many")
async def test_of_one_state(door):
    """The filter is kept while one leafs through, and in the form."""
    page = await door.get("/shop/purchases?state=in_review", scope=None)

    assert [f"many-{number:02}" for number in range(23, 0, -2)] == listed(page)[:12]
    assert b'<option value="in_review" selected>' in page.body


@pytest.mark.usefixtures("many")
async def test_of_those_that_need_attention(door):
    """Only they, with what they need it for."""
    asked = "/shop/purchases?state=accepted&needsAttention=true"
    page = await door.get(asked, scope=None)

    assert ["many-20", "many-10", "many-00"] == listed(page)
    assert 3 == page.body.count(b"Needs attention: capture failed.")
    assert b'value="true" checked' in page.body


@pytest.mark.usefixtures("many")
async def test_says_why_each_waits(door):
    """One need not open a purchase to know whose turn it is."""
    page = await door.get("/shop/purchases?state=in_review", scope=None)

    assert f"{WHY['review']} Until 2 January 2026, 03:04 UTC." in page.body.decode().replace(
        "&#39;", "'"
    )


@pytest.mark.usefixtures("many")
async def test_none_like_that(door):
    """An empty list says that it is one."""
    page = await door.get("/shop/purchases?state=expired&needsAttention=true", scope=None)

    assert (200, []) == (page.status, listed(page))
    assert b"There are none like that." in page.body


@pytest.mark.parametrize("query", ["state=lost", "needsAttention=maybe", "startingAfter=nobody"])
async def test_what_cannot_be_asked(door, query):
    """It is refused with a page in words."""
    page = await door.get(f"/shop/purchases?{query}", scope=None)

    assert page.status in {400, 404, 422}
    assert "text/html" in page.headers["Content-Type"]
