"""The thank-you page tells the truth, whatever that is."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ferryman.purchase.documents import Document
from ferryman.purchase.operations import Hold
from ferryman.purchase.purchase import (
    CancellationWish,
    Checkout,
    Line,
    NextAction,
    Party,
    Purchase,
)
from ferryman.purchase.states import CancelReason, State
from shop.window import WINDOW

HEADINGS = {
    State.SUBMITTING: "We do not know yet",
    State.PAYMENT_FAILED: "The payment did not go through",
    State.PENDING_PAYMENT: "One thing is left: the payment",
    State.IN_REVIEW: "Thank you: we are checking your order",
    State.ACCEPTED: "Thank you: your order is accepted",
    State.FULFILLED: "Your order is on its way",
    State.COMPLETE: "Your order is complete",
    State.BLOCKED: "Your order could not be accepted",
    State.CANCELLED: "Your order is cancelled",
    State.EXPIRED: "Your order has expired",
    State.DISPUTED: "Your bank is looking into this payment",
    State.RETURNED: "Your order is returned",
}
REASONS = {
    CancelReason.CUSTOMER: "You asked for that.",
    CancelReason.MERCHANT: "We had to do that; we are sorry.",
    CancelReason.PAYMENT_WINDOW_CLOSED: "The money did not arrive in time.",
    CancelReason.CHARGE_FAILED: "The payment failed.",
    CancelReason.PROVIDER: "The payment provider ended it.",
}
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def a_line(**counts):
    """A line of lamps, one of them still to be shipped."""
    counted = {"quantity": 1, "open": 1, **counts}
    return Line(line_id="1", sku_id="desk-lamp", physical=True, **counted)


async def kept(visitor, state, **changes):
    """Keep a purchase as a worker would; gives the address of its page."""
    purchase = Purchase(
        id=f"p-{uuid.uuid4().hex[:20]}",
        state=state,
        version=1,
        created_time=NOW,
        updated_time=NOW,
        checkout=Checkout(id="c-1", currency="EUR", total_amount=Decimal("53.31")),
        **{"items": (a_line(),), **changes},
    )
    await visitor.records.save(purchase, [])
    return f"/shop/purchases/{purchase.id}/thanks"


@pytest.mark.parametrize("state", [each for each in State if each is not State.CHECKOUT])
async def test_every_state(visitor, state):
    """Every state has its own heading."""
    seen = await visitor.get(await kept(visitor, state))

    assert (200, HEADINGS[state]) == (seen.status, seen.heading)


async def test_checkout(visitor):
    """What is not ordered is not thanked for: the last look comes first."""
    seen = await visitor.get(await kept(visitor, State.CHECKOUT))

    assert seen.location.endswith("/review")


@pytest.mark.parametrize("reason", CancelReason)
async def test_every_reason(visitor, reason):
    """Every reason of a cancellation is said in words."""
    seen = await visitor.get(await kept(visitor, State.CANCELLED, reason=reason))

    assert REASONS[reason] in seen.text


async def test_pay_by(visitor):
    """What is to be paid says until when."""
    seen = await visitor.get(await kept(visitor, State.PENDING_PAYMENT, payment_deadline=NOW))

    assert "2 January 2026, 03:04 UTC" in seen.text


async def test_hostile_message(visitor):
    """What others say is shown as text."""
    message = "<script>alert(1)</script>"
    seen = await visitor.get(await kept(visitor, State.PAYMENT_FAILED, customer_message=message))

    assert "&lt;script&gt;alert(1)" in seen.text


async def test_redirect(visitor):
    """The shopper is led to the payment's site, whose address nothing but a web page may have."""
    expected = {"https://bank.example.com/pay?a=1": True, "javascript:alert(1)": False, "": False}
    linked = {}
    for url in expected:
        action = NextAction(action="redirect", data={"redirectUrl": url})
        seen = await visitor.get(await kept(visitor, State.PENDING_PAYMENT, next_action=action))
        linked[url] = "Go on to the payment" in seen.text

    assert expected == linked


async def test_instructions(visitor):
    """How to pay is what the sandbox shows to a browser that has the secret."""
    purchase_id = await visitor.buy(method="wireTransfer")
    seen = await visitor.get(f"/shop/purchases/{purchase_id}/thanks")

    assert all(each in seen.text for each in ("How to pay: wire transfer", "NL91ABNA0417164300"))


async def test_wrong_secret(visitor):
    """Without the right secret there are no instructions, and the page says so."""
    purchase_id = await visitor.buy(method="wireTransfer")
    known = await visitor.records.get(purchase_id)
    data = {**known.next_action.data, "sourceClientSecret": "guessed"}
    action = NextAction(action="show_payment_instructions", data=data)
    seen = await visitor.get(await kept(visitor, State.PENDING_PAYMENT, next_action=action))

    assert "cannot be shown just now" in seen.text
    assert "NL91ABNA0417164300" not in seen.text


@pytest.mark.parametrize("said", [None, "no JSON", "[]", '{"type": "konbini", "konbini": null}'])
async def test_provider_away(visitor, monkeypatch, said):
    """Where the provider cannot tell how to pay, the page stands all the same."""

    async def tell(_: web.Request) -> web.Response:
        return web.Response(text=said, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{rest:.*}", tell)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    monkeypatch.setattr(visitor.api.app[WINDOW], "provider", str(server.make_url("")).rstrip("/"))
    if said is None:
        await server.close()
    action = NextAction(action="show_payment_instructions", data={"sourceId": "s"})
    seen = await visitor.get(await kept(visitor, State.PENDING_PAYMENT, next_action=action))
    await server.close()

    assert (200, True) == (seen.status, "cannot be shown just now" in seen.text)


async def test_documents(visitor):
    """Invoices are linked to for as long as the link is good; what was erased is only named."""
    later = datetime.now(UTC) + timedelta(days=1)
    expected = {
        ("https://files.example.com/1", later): True,
        ("https://files.example.com/1", None): True,
        ("https://files.example.com/1", NOW): False,
        ("[erased]", None): False,
        ("javascript:alert(1)", None): False,
    }
    linked = {}
    for url, until in expected:
        document = Document(kind="invoice", url=url, expires_time=until)
        seen = await visitor.get(await kept(visitor, State.COMPLETE, documents=(document,)))
        assert "invoice" in seen.text
        linked[url, until] = f'<a href="{url}" rel="noreferrer">invoice</a>' in seen.text

    assert expected == linked


async def test_follows(visitor):
    """A page that may change follows the purchase; one that is final does not."""
    follows = {
        state: "follow.js" in (await visitor.get(await kept(visitor, state))).text
        for state in (State.IN_REVIEW, State.DISPUTED, State.PAYMENT_FAILED, State.CANCELLED)
    }
    moving = dict.fromkeys((State.IN_REVIEW, State.DISPUTED, State.PAYMENT_FAILED), True)

    assert {**moving, State.CANCELLED: False} == follows


async def test_follows_from_here(visitor):
    """A page goes on from the newest entry that it was made of."""
    purchase_id = await visitor.buy()
    entries = await visitor.records.timeline(purchase_id)
    seen = await visitor.get(f"/shop/purchases/{purchase_id}/thanks")

    assert f'data-last="{entries[-1].sequence}"' in seen.text


async def test_not_taken_after_all(visitor):
    """An order that was sent and is none leads back to the last look, which says so."""
    seen = await visitor.get(f"{await kept(visitor, State.CHECKOUT)}?sent=0")

    assert seen.location.endswith("/review?refused=yes")


async def test_nobody_has_taken_it(visitor):
    """What nobody has taken yet may be sent again, and the page does not advise against it."""
    page = await kept(visitor, State.CHECKOUT)
    seen = await visitor.get(f"{page}?sent=1")

    assert ("We do not know yet", True) == (seen.heading, "press the button again" in seen.text)
    assert f'href="{page.replace("/thanks", "/review")}"' in seen.text
    assert "no need to order" not in seen.text


async def test_somebody_has_taken_it(visitor):
    """While an order is being made there is nothing to press."""
    seen = await visitor.get(await kept(visitor, State.SUBMITTING))

    assert "press the button again" not in seen.text


WISHES = {Party.CUSTOMER: "You have asked to cancel", Party.MERCHANT: "We have to cancel"}


@pytest.mark.parametrize("by", Party)
@pytest.mark.parametrize(
    "state",
    [State.PAYMENT_FAILED, State.PENDING_PAYMENT, State.IN_REVIEW, State.ACCEPTED],
)
async def test_wished(visitor, state, by):
    """Where a cancellation is remembered the page says so, and shows no way to pay."""
    seen = await visitor.get(
        await kept(
            visitor,
            state,
            cancellation=CancellationWish(by=by, reason="<b>changed my mind</b>", since=NOW),
            next_action=NextAction(
                action="redirect", data={"redirectUrl": "https://bank.example.com/pay"}
            ),
            payment_deadline=NOW,
        )
    )

    assert ("Your order is to be cancelled", True) == (seen.heading, WISHES[by] in seen.text)
    for way in ("bank.example.com", "Please pay by", "/pay", "changed my mind"):
        assert way not in seen.text


async def test_wished_and_over(visitor):
    """A wish that was carried out, or has become moot, is not said to be waiting."""
    wish = CancellationWish(by=Party.CUSTOMER, reason="changed my mind", since=NOW)
    seen = await visitor.get(await kept(visitor, State.CANCELLED, cancellation=wish))

    assert WISHES[Party.CUSTOMER] not in seen.text


HELD = "Your order is being checked."


async def test_held(visitor):
    """A hold is told for as long as goods may leave, without saying whose it is and why."""
    hold = Hold(actor="ops-erika", reason="smells of fraud", since=NOW)
    seen = {
        state: (await visitor.get(await kept(visitor, state, hold=hold))).text
        for state in (State.PENDING_PAYMENT, State.ACCEPTED, State.COMPLETE)
    }

    expected = {State.PENDING_PAYMENT: True, State.ACCEPTED: True, State.COMPLETE: False}
    assert expected == {state: HELD in text for state, text in seen.items()}
    for secret in ("ops-erika", "smells", "being packed"):
        assert secret not in seen[State.ACCEPTED]


async def test_partly_shipped(visitor):
    """Where some pieces have left the page says how many of how many, the cancelled not counted."""
    line = a_line(quantity=4, fulfilled=1, cancelled=1, open=2)
    seen = await visitor.get(await kept(visitor, State.ACCEPTED, items=(line,)))

    assert "1 of 3 pieces have been shipped; the rest is being packed." in seen.text


async def test_back_from_a_redirect(visitor):
    """Coming back asks how the redirect went, and shows that."""
    purchase_id = await visitor.buy(method="ideal")
    known = await visitor.records.get(purchase_id)
    path = urlsplit(known.next_action.data["redirectUrl"]).path
    async with visitor.session.post(
        f"{visitor.sandbox}{path}", data={"answer": "approve"}, allow_redirects=False
    ) as answer:
        back = answer.headers["Location"]
    sent_on = await visitor.get(back.removeprefix(visitor.origin))
    seen = await visitor.get(sent_on.location)

    assert back == f"{visitor.origin}/shop/purchases/{purchase_id}/return"
    assert seen.heading == "Thank you: your order is accepted"
