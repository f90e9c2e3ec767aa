"""The levers on a real system: what each does, and that the page tells the truth about it."""

import pytest

from demo import shopper
from demo.catalogue import JAPAN, LAMP
from demo.polling import poll
from demo.scene import Scene
from demo.sources import REVIEWED, card, push, redirect
from ferryman.purchase.purchase import Order
from ferryman.purchase.states import OVER, State
from shop.levers import Pull, levers_of
from shop.telling import TOLD
from tests.shop.purchase.made import a_line, a_purchase
from tests.shop.purchase.person import Person, bought


async def test_paid(scene, person):
    """Money that arrives at the sandbox is heard of by webhook, and the purchase goes on."""
    await bought(scene, push("konbini"), "pending_payment", market=JAPAN)
    offered = await person.offered()
    page = await person.pulls("pay")
    await scene.reaches("accepted")

    assert {"pay", "lose", "cancel"} == offered
    assert (200, f"/shop/purchases/{scene.id}?told=asked") == (page.status, page.address)
    assert TOLD["asked"] == page.says("told")


async def test_instructions(scene, person):
    """Until then the page says how to pay, as the shopper was told."""
    await bought(scene, push("wireTransfer"), "pending_payment")

    assert "How to pay Account holder Global Collect BV" in (await person.looks()).says("standing")


@pytest.mark.parametrize(("lever", "end"), [("approve", "accepted"), ("block", "blocked")])
async def test_review_decided(scene, person, lever, end):
    """The fraud review ends as somebody says."""
    await bought(scene, card(last_name=REVIEWED), "in_review")
    offered = await person.offered()
    await person.pulls(lever)
    await scene.reaches(end)

    assert {"approve", "block", "lose", "cancel"} == offered


async def test_lost_webhooks(scene, person):
    """Lost webhooks are said to be, and the purchase gets there without, by reading its order."""
    await bought(scene, push("konbini"), "pending_payment", market=JAPAN)
    page = await person.pulls("lose")
    again = await person.pulls("lose")
    paid = await person.pulls("pay")
    await scene.reaches("accepted")
    events = [each for each in await scene.timeline() if each["name"] == "order.accepted"]
    offered = await person.offered()

    assert TOLD["deaf"] == page.says("told") == again.says("told")
    assert "The webhooks about this purchase are being lost." in page.says("levers")
    assert TOLD["unheard"] == paid.says("told")
    assert [] == events
    assert "hear" in offered
    assert "lose" not in offered


async def test_webhooks_let_through_again(scene, person):
    """Pulled back, the lever leaves nothing behind, for this purchase or another."""
    await bought(scene, push("konbini"), "pending_payment", market=JAPAN)
    await person.pulls("lose")
    page = await person.pulls("hear")
    await person.pulls("pay")
    await scene.reaches("accepted")

    async def heard() -> bool | None:
        return any(each["name"] == "order.accepted" for each in await scene.timeline()) or None

    assert TOLD["hears"] == page.says("told")
    assert await poll(heard)


async def test_left_redirect(scene, person):
    """A shopper who walks away from the payment page can be played too."""
    await bought(scene, redirect("klarnaCredit"), "pending_payment")
    offered = await person.offered()
    await person.pulls("leave")
    await scene.reaches("payment_failed")

    assert {"pay", "leave", "lose", "cancel"} == offered


async def test_shipped(scene, person):
    """A parcel leaves with what the form says; the same form again ships nothing more."""
    await bought(scene, card(), "accepted")
    form = [
        ("parcel", "parcel-1"),
        *(("line", "desk-lamp"), ("quantity", "1")),
        *(("line", "cable"), ("quantity", "0")),
    ]
    page = await person.pulls("ship", *form)
    await person.pulls("ship", *form)
    purchase = await scene.purchase()

    assert TOLD["done"] == page.says("told")
    assert [("desk-lamp", 1), ("cable", 0)] == [
        (line["lineId"], line["fulfilled"]) for line in purchase["items"]
    ]


async def test_shipping_too_much(scene, person):
    """What is refused is said beside the lever, and told to whoever does not see it."""
    await bought(scene, card(), "accepted")
    page = await person.pulls(
        "ship", ("parcel", "parcel-1"), ("line", "desk-lamp"), ("quantity", "3")
    )

    assert 422 == page.status
    assert "" != page.says("problem")
    assert page.says("problem") in page.says("levers")
    assert b'aria-describedby="does-ship problem"' in page.body


@pytest.mark.parametrize(
    ("lever", "field"),
    [("refund", "amount"), ("ship", "quantity")],
)
async def test_what_is_no_number(scene, person, lever, field):
    """It is refused in words, and nobody is asked."""
    await bought(scene, card(), "accepted")
    line = [("line", "desk-lamp")] if lever == "ship" else []
    page = await person.pulls(lever, *line, (field, "many"))

    assert 422 == page.status
    assert "Numbers are needed here, such as 2 or 12.50." == page.says("problem")


async def test_cancelled(scene, person):
    """What is open is cancelled by the merchant."""
    await bought(scene, card(), "accepted")
    await person.pulls("cancel")
    purchase = await scene.reaches("cancelled", "merchant")
    offered = await person.offered()

    assert [2, 1] == [line["cancelled"] for line in purchase["items"]]
    assert set() == offered - {"hear"}


async def test_refunded_and_disputed(scene, person):
    """Money goes back; a dispute holds what comes then, and its end lets it go."""
    await bought(scene, card(), "accepted")
    everything = [("line", "desk-lamp"), ("quantity", "2"), ("line", "cable"), ("quantity", "1")]
    await person.pulls("ship", ("parcel", "parcel-1"), *everything)
    await scene.reaches("complete")
    refunded = await person.pulls("refund", ("refund", "refund-1"), ("amount", "5.00"))
    await person.pulls("dispute")
    await scene.reaches("disputed")
    held = await person.pulls("refund", ("refund", "refund-2"), ("amount", "3"))
    await person.pulls("resolve")
    purchase = await scene.reaches("complete")

    assert TOLD["done"] == refunded.says("told")
    assert TOLD["held"] == held.says("told")
    assert ["refund-1", "refund-2"] == [each["refundId"] for each in purchase["refunds"]]


async def test_too_late(scene, person):
    """A lever that has come too late says why, beside the others."""
    await bought(scene, card(), "accepted")
    page = await person.pulls("pay")

    assert 409 == page.status
    assert "is accepted" in page.says("problem")


@pytest.mark.parametrize("name", ["explode", "PAY", "pay%2F..%2F.."])
async def test_no_such_lever(scene, person, name):
    """There is nothing to pull."""
    await shopper.fills_basket(scene, {LAMP: 1})

    assert 404 == (await person.pulls(name)).status


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_other_sites_pull_nothing(scene, person, headers):
    """A form of another site's does nothing."""
    await bought(scene, push("konbini"), "pending_payment", market=JAPAN)
    page = await person.pulls("pay", **headers)

    assert 403 == page.status
    assert "pending_payment" == (await scene.purchase())["state"]


async def test_unknown_purchase(stage):
    """Nothing is done where there is nothing to show."""
    page = await Person(Scene(stage, "levers", "nobody")).pulls("lose")

    assert 404 == page.status


@pytest.mark.parametrize("state", State)
def test_without_a_sandbox(state):
    """Where Digital River is real there are only the levers that any merchant has."""
    order = Order(id="o", state="x", captured_amount=5, available_to_refund_amount=5)
    purchase = a_purchase("p", state, order=order, items=(a_line(),))
    offered = {lever.pull for lever in levers_of(purchase, sandbox=False, deaf=False)}

    assert offered <= {Pull.SHIP, Pull.CANCEL, Pull.REFUND}


@pytest.mark.parametrize("state", State)
def test_every_lever_has_its_state(state):
    """What is over has no webhooks to lose, and everything else has."""
    offered = {lever.pull for lever in levers_of(a_purchase("p", state), sandbox=True, deaf=False)}

    assert (Pull.LOSE not in offered) == (state in OVER)
