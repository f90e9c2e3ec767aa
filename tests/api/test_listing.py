"""What the list of workflows says of a purchase from its start: useful, and nothing personal."""

from datetime import UTC, datetime

import pytest

from ferryman.purchase.listing import (
    after_sale_title_of,
    memo_of,
    outline_of,
    parked_title_of,
    title_of,
)
from ferryman.purchase.messages import Adoption, Begin, Continuation, Hint, ProviderEvent
from ferryman.purchase.purchase import Checkout, workflow_id
from ferryman.purchase.request import PurchaseRequest
from tests.api.door import request
from tests.workflows.given import POLICY

EVENT = ProviderEvent(
    id="e-1",
    name="order.accepted",
    hint=Hint.ACCEPTED,
    order_id="1880",
    created_time=datetime(2026, 3, 1, tzinfo=UTC),
)

ORDER = {"order_id": "1880", "checkout": Checkout(id="c-1", currency="EUR")}
EARLIER = Continuation(purchase_id="p-0", actor="erika", reason="the shopper wants it")


async def test_purchase_that_the_api_opens_is_listed_with_what_operators_look_for(
    door, client, new_id
):
    """Title, outline and memo stand there from the first moment, at the cost of no event."""
    await door.open(request(upstreamId=new_id))
    described = await client.get_workflow_handle(workflow_id(new_id)).describe()
    memo = await described.memo()

    assert f"Purchase **{new_id}**" == await described.static_summary()
    assert f"`GET /purchases/{new_id}`" in await described.static_details()
    assert {"currency": "EUR", "lines": 1, "shopper": "guest", "channel": "storefront"} == memo


def begun(**more) -> Begin:
    """The beginning of a purchase."""
    adopts = more.pop("adopts", None)
    wanted = PurchaseRequest.read(request(upstreamId="p-1", **more))
    return Begin(id="p-1", request=wanted, policy=POLICY, adopts=adopts)


@pytest.mark.parametrize(
    ("more", "shopper", "channel"),
    [
        ({}, "guest", "storefront"),
        ({"customer": {"id": "c-77"}}, "registered", "storefront"),
        ({"chargeType": "moto"}, "guest", "moto"),
        ({"adopts": Adoption(**ORDER, event=EVENT)}, "guest", "Digital River's own checkout"),
        ({"adopts": Adoption(**ORDER, continues=EARLIER)}, "guest", "money that came late"),
    ],
)
def test_memo_tells_shoppers_and_channels_apart(more, shopper, channel):
    """Whether somebody is registered is told, and not who."""
    memo = memo_of(begun(**more))

    assert (shopper, channel) == (memo["shopper"], memo["channel"])
    assert "c-77" not in f"{memo} {outline_of(begun(**more))} {title_of(begun(**more))}"


def test_titles_say_what_a_workflow_is_about():
    """A refund, a return and a stray event are told apart in the list."""
    titles = [
        after_sale_title_of("Refund", "r-1", "p-1"),
        parked_title_of(EVENT),
        parked_title_of(EVENT.model_copy(update={"order_id": None})),
    ]

    assert titles == [
        "Refund **r-1** of purchase **p-1**",
        "order.accepted of order 1880",
        "order.accepted of order unknown",
    ]
