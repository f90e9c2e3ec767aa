"""Refunds over HTTP, with a real worker and the real sandbox behind the API."""

import asyncio

import pytest

from api import after_sale
from ferryman.purchase.messages import Hint
from ferryman.setting_types import Scope
from tests.api.door import Wanted, opened, settings
from tests.workflows.conftest import (  # noqa: F401 - fixtures
    database_url,
    sandbox_url,
    settle_time,
    shop,
)

BODY = {"refundId": "r-1", "amount": 4.5, "reason": "broken"}


@pytest.fixture
async def front(shop, tmp_path):  # noqa: F811 - the fixture
    """The API before the shop's worker."""
    told = settings(Wanted(task_queue=shop.task_queue), tmp_path / "unused.db")
    async with opened(told, shop.temporal.client, shop.records) as door:
        yield door


@pytest.fixture
async def shopper(shop):  # noqa: F811 - the fixture
    """A purchase of which everything is shipped and captured."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.settled_as("complete")
    return shopper


def refunds(shopper):
    """The path of a purchase's refunds."""
    return f"/purchases/{shopper.id}/refunds"


async def test_refund_is_made_shown_and_listed(front, shopper):
    """201 with the refund and where it is; it is read there and in the list at once."""
    reply = await front.send("POST", refunds(shopper), BODY)
    one = await front.get(reply.headers["Location"])
    listed = await front.get(refunds(shopper))

    assert (201, "pending", 4.5) == (reply.status, reply.json["state"], reply.json["amount"])
    assert reply.json == one.json
    assert {"hasMore": False, "data": [one.json]} == listed.json
