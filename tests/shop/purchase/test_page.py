"""The page of one purchase: what the record holds, escaped, whoever is at work."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from temporalio.client import Client

from ferryman.purchase.documents import Document, DocumentKind
from ferryman.purchase.operations import Hold
from ferryman.purchase.purchase import (
    Attention,
    CancellationWish,
    Fulfillment,
    Order,
    ParcelState,
    Party,
    Refund,
    RefundState,
    ShippedItem,
    WaitingFor,
)
from ferryman.purchase.states import CancelReason, State
from ferryman.purchase.timeline import EntryKind
from ferryman.window_settings import ShopSettings
from shop.awaited import WHY
from tests.api.door import Wanted, opened, settings
from tests.shop.purchase.looking import text_of
from tests.shop.purchase.made import BEGINNING, a_line, a_purchase, an_entry

NASTY = "<script>alert(1)</script>\"'"


async def test_waiting_purchase(door, keep, new_id):
    """It says where the purchase stands, what it waits for, until when, and what it takes."""
    until = BEGINNING + timedelta(days=7)
    waits = WaitingFor(what="payment", until=until, allowed=("refresh", "cancel"))
    order = Order(id="order-1", state="pending_payment")
    await keep(a_purchase(new_id, State.PENDING_PAYMENT, waiting_for=waits, order=order))
    page = await door.get(f"/shop/purchases/{new_id}", scope=None)
    standing = text_of(page.body, "standing")

    assert 200 == page.status
    assert standing is not None
    assert f"<title>Purchase {new_id} " in page.body.decode()
    for told in (
        "Now: pending payment",
        f"Waits for {WHY['payment']}",
        "Until 9 January 2026, 03:04 UTC",
        "Takes meanwhile refresh cancel",
        "Order order-1 , pending payment",
    ):
        assert told in standing


@pytest.mark.parametrize("state", State)
async def test_every_state_has_a_page(door, keep, new_id, state):
    """The picture says in words where it is and where it can go."""
    await keep(a_purchase(new_id, state), an_entry(1, state.value, EntryKind.STATE))
    page = await door.get(f"/shop/purchases/{new_id}", scope=None)
    words = text_of(page.body, "diagram-words")

    assert 200 == page.status
    assert words is not None
    assert words.startswith(f"Now {state.replace('_', ' ')}")


async def test_what_calls_for_somebody(door, keep, new_id):
    """Attention, a hold and a cancellation that is still to come stand out, with their reasons."""
    await keep(
        a_purchase(
            new_id,
            State.ACCEPTED,
            needs_attention=Attention(reason="capture_failed", since=BEGINNING),
            hold=Hold(actor="Otto", reason="looks odd", since=BEGINNING),
            cancellation=CancellationWish(by=Party.CUSTOMER, reason="too late", since=BEGINNING),
        )
    )
    page = await door.get(f"/shop/purchases/{new_id}", scope=None)
    standing = text_of(page.body, "standing") or ""

    assert "Needs attention: capture failed, since 2 January 2026, 03:04 UTC" in standing
    assert "On hold by Otto: looks odd" in standing
    assert "as the customer wants: too late" in standing


async def test_ended_purchase(door, keep, new_id):
    """What has ended says why, waits for nothing, and offers nothing."""
    ended = a_purchase(new_id, State.CANCELLED, reason=CancelReason.PAYMENT_WINDOW_CLOSED)
    await keep(ended)
    page = await door.get(f"/shop/purchases/{new_id}", scope=None)

    assert "Reason payment window closed Waits for nothing" in (
        text_of(page.body, "standing") or ""
    )
    assert "Levers Nothing can be done to it now." == text_of(page.body, "levers")


async def test_ledger_and_money(door, keep, new_id):
    """Lines, parcels, refunds and documents are told with their numbers and the right digits."""
    await keep(
        a_purchase(
            new_id,
            State.ACCEPTED,
            items=(a_line(quantity=4, fulfilled=2, cancelled=1),),
            order=Order(id="o", state="accepted", captured_amount=Decimal("50.4")),
            fulfillments=(
                Fulfillment(
                    shipment_id="parcel-1",
                    items=(ShippedItem(line_id="lamp", quantity=2, cancel_quantity=1),),
                    state=ParcelState.CAPTURED,
                    created_time=BEGINNING,
                ),
            ),
            refunds=(
                Refund(
                    refund_id="refund-1",
                    state=RefundState.PENDING,
                    currency="JPY",
                    amount=Decimal(500),
                    created_time=BEGINNING,
                    updated_time=BEGINNING,
                ),
            ),
            documents=(
                Document(kind=DocumentKind.INVOICE, url="https://example.com/invoice"),
                Document(kind=DocumentKind.CREDIT_MEMO, url="javascript:alert(1)"),
            ),
        )
    )
    page = await door.get(f"/shop/purchases/{new_id}", scope=None)
    ledger, money = text_of(page.body, "ledger") or "", text_of(page.body, "money") or ""

    assert ledger.endswith("lamp 4 2 1 1 79.80 EUR + 15.16 EUR")
    assert "Total 94.96 EUR" in money
    assert "Sold by Digital River Ireland Ltd." in money
    assert "Captured 50.40 EUR" in money
    assert "parcel-1 captured lamp: 2 shipped, 1 cancelled" in money
    assert "refund-1 pending 500 JPY" in money
    assert b'href="https://example.com/invoice"' in page.body
    assert b"javascript:" not in page.body


async def test_timeline(door, keep, new_id):
    """Every entry is there, oldest first, with what it tells, as an operator may see it."""
    built = an_entry(1, checkoutId="checkout-1", amounts=[Decimal("1.5"), {"paid": None}])
    event = an_entry(2, "order.charge.failed", EntryKind.EVENT, code="failed-request")
    await keep(a_purchase(new_id), built, event)
    page = await door.get(f"/shop/purchases/{new_id}", scope=None)
    told = text_of(page.body, "timeline")

    assert (
        "step checkout built 2 Jan 03:04:06 checkout id checkout-1 amounts 1.5, paid: none "
        "event order.charge.failed 2 Jan 03:04:07 code failed-request"
    ) == told


async def test_link_into_temporal(door, keep, new_id):
    """It leads to the purchase's workflow in the Web UI that the settings name."""
    await keep(a_purchase(new_id))
    page = await door.get(f"/shop/purchases/{new_id}", scope=None)
    link = f"http://127.0.0.1:8299/namespaces/default/workflows/purchase%2F{new_id}"

    assert f'href="{link}"' in page.body.decode()


async def test_link_into_a_namespace(temporal, records, keep, new_id, tmp_path):
    """The namespace is the one that this process works in, whatever it is called."""
    await keep(a_purchase(new_id))
    told = replace(settings(Wanted(), tmp_path / "x.db"), shop=ShopSettings(shop="on"))
    elsewhere = Client(temporal.client.service_client, namespace="shop/eu")
    async with opened(told, elsewhere, records) as door:
        page = await door.get(f"/shop/purchases/{new_id}", scope=None)

    assert f"/namespaces/shop%2Feu/workflows/purchase%2F{new_id}" in page.body.decode()


async def test_timeline_is_a_log(door, keep, new_id):
    """What is added is told to whoever hears the page, and its entries are those of a list."""
    await keep(a_purchase(new_id), an_entry(1))
    page = (await door.get(f"/shop/purchases/{new_id}", scope=None)).body.decode()

    assert '<div role="log" aria-labelledby="history-heading">' in page
    assert '<ol id="timeline" class="timeline">' in page


async def test_everything_is_escaped(door, keep, new_id):
    """Whatever a merchant, an operator or Digital River may have put in comes out as text."""
    await keep(
        a_purchase(
            new_id,
            State.ACCEPTED,
            items=(a_line(NASTY),),
            customer_message=NASTY,
            hold=Hold(actor=NASTY, reason=NASTY, since=BEGINNING),
            waiting_for=WaitingFor(what=NASTY, allowed=(NASTY,)),
            order=Order(id=NASTY, state=NASTY),
        ),
        an_entry(1, NASTY, EntryKind.EVENT, **{NASTY: [NASTY]}),
    )
    page = (await door.get(f"/shop/purchases/{new_id}", scope=None)).body.decode()
    listed = (await door.get("/shop/purchases?state=accepted", scope=None)).body.decode()
    nowhere = await door.get("/shop/purchases/%3Cscript%3E", scope=None)

    assert "alert(1)" in page
    assert "<script>alert" not in page + listed + nowhere.body.decode()
    assert '="<' not in page + listed


async def test_nothing_inline(door, keep, new_id):
    """Nothing on it needs what the content security policy forbids."""
    await keep(a_purchase(new_id, State.IN_REVIEW), an_entry(1))
    page = await door.get(f"/shop/purchases/{new_id}", scope=None)
    html = page.body.decode()

    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    for forbidden in ("<style", " style=", " onclick=", " onsubmit=", "<script>"):
        assert forbidden not in html


async def test_fragment_is_a_part_of_the_page(door, keep, new_id):
    """What the page fetches for itself is what a reload would show."""
    await keep(a_purchase(new_id, State.IN_REVIEW), an_entry(1), an_entry(2))
    page = await door.get(f"/shop/purchases/{new_id}", scope=None)
    fragment = await door.get(f"/shop/purchases/{new_id}/fragment", scope=None)

    assert 200 == fragment.status
    assert fragment.body.strip() in page.body
    assert b'data-last="2"' in fragment.body


async def test_known_word_about_a_lever(door, keep, new_id):
    """The address may choose among the sentences, and cannot bring its own."""
    await keep(a_purchase(new_id))
    known = await door.get(f"/shop/purchases/{new_id}?told=done", scope=None)
    other = await door.get(f"/shop/purchases/{new_id}?told=You+have+won", scope=None)

    assert "Done." == text_of(known.body, "told")
    assert "" == text_of(other.body, "told")


@pytest.mark.parametrize("path", ["", "/fragment", "/events"])
async def test_unknown_purchase(door, path):
    """There is a page that says so, and nothing that a program would read."""
    page = await door.get(f"/shop/purchases/nobody{path}", scope=None)

    assert 404 == page.status
    assert "text/html" in page.headers["Content-Type"]
