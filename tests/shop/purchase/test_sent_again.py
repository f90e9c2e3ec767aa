"""Forms that come twice, too late or with nonsense: each is done once, and told as it is."""

import re

import pytest

from demo.polling import poll
from demo.sources import card
from ferryman.purchase.purchase import Order
from ferryman.purchase.states import State
from shop.telling import TOLD
from tests.shop.purchase.looking import text_of
from tests.shop.purchase.made import a_purchase
from tests.shop.purchase.person import bought

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def ids(page):
    """The ids that the page's forms carry."""
    return re.findall(r'value="((?:parcel|refund)-[^"]+)"', page.body.decode())


async def test_ids_of_their_own(door, keep, new_id):
    """Two who look at the same purchase send different parcels and refunds."""
    order = Order(id="o", state="accepted", available_to_refund_amount=5)
    await keep(a_purchase(new_id, State.ACCEPTED, order=order))
    first = ids(await door.get(f"/shop/purchases/{new_id}", scope=None))
    second = ids(await door.get(f"/shop/purchases/{new_id}", scope=None))

    assert (2, 2) == (len(first), len(second))
    assert set() == set(first) & set(second)


async def test_stale_parcel(scene, person):
    """A form that has shipped a parcel ships no other, and does not say that it has."""
    await bought(scene, card(), "accepted")
    lamp, cable = [("line", "desk-lamp"), ("quantity", "1")], [("line", "cable"), ("quantity", "1")]
    first = await person.pulls("ship", ("parcel", "parcel-1"), *lamp)
    stale = await person.pulls("ship", ("parcel", "parcel-1"), *cable)
    purchase = await scene.purchase()

    assert TOLD["done"] == first.says("told")
    assert (409, "") == (stale.status, stale.says("told"))
    assert "Nothing was done" in stale.says("problem")
    assert [1, 0] == [line["fulfilled"] for line in purchase["items"]]


@pytest.mark.parametrize(
    "said", ["", "many", "NaN", "Infinity", "1e3", "1_0", "-1", "%2B1", "1.2345", "1,000", "\u0663"]
)
async def test_no_amount(door, keep, new_id, said):
    """What is no plain amount is refused before anybody is asked."""
    order = Order(id="o", state="accepted", available_to_refund_amount=5)
    await keep(a_purchase(new_id, State.ACCEPTED, order=order))
    page = await refunds(door, new_id, said)

    assert 422 == page.status
    assert "Numbers are needed here, such as 2 or 12.50." == text_of(page.body, "problem")


async def refunds(door, purchase_id, amount):
    """Send the form of a refund."""
    data = f"refund=refund-1&amount={amount}".encode()
    path = f"/shop/purchases/{purchase_id}/levers/refund"
    return await door.send("POST", path, data=data, headers=FORM, scope=None)


async def test_amounts(scene, person):
    """Both ways to write a fraction are understood."""
    await bought(scene, card(), "accepted")
    everything = [("line", "desk-lamp"), ("quantity", "2"), ("line", "cable"), ("quantity", "1")]
    await person.pulls("ship", ("parcel", "parcel-1"), *everything)
    await scene.reaches("complete")
    await person.pulls("refund", ("refund", "refund-1"), ("amount", "5,25"))
    await person.pulls("refund", ("refund", "refund-2"), ("amount", " 5.5 "))

    async def asked() -> list[str] | None:
        amounts = [str(each["amount"]) for each in (await scene.purchase())["refunds"]]
        return amounts if len(amounts) > 1 else None

    assert ["5.25", "5.5"] == await poll(asked)
