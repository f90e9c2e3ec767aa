"""The drop-in's stand-in: it makes sources, and tells the shop around it nothing but their ids."""

import re
from html import unescape

import pytest

from ferryman.sandbox.menu import card_of, cards
from ferryman.sandbox.paper import origin_of
from ferryman.sandbox.triggers import CARDS, DECLINES, decline, trigger_of

BACK = "http://127.0.0.1:8080/shop/purchases/p-1/return"


def query(checkout, back=BACK):
    """What the shop's frame asks for."""
    return {"session": checkout["payment"]["session"]["id"], "return": back}


async def show(shop, **said):
    """Open the drop-in; gives status, page and headers."""
    pairs = "&".join(f"{name}={value}" for name, value in said.items())
    return await shop.call("GET", f"/drop-in?{pairs}")


async def make(shop, checkout, method="creditCard", **form):
    """Send its form; gives status and page."""
    form = {**query(checkout), "method": method, "card": "good", **form}
    return await shop.fill_in("/drop-in", form)


def source_in(text):
    """The source that a page hands over."""
    return re.search('data-source="([^"]+)"', text)[1]


async def made(shop, checkout, method="creditCard", **form):
    """Make a source; gives it as Digital River has it."""
    status, text = await make(shop, checkout, method, **form)
    assert status == 200, text
    return await shop.ok("GET", f"/sources/{source_in(text)}")


def test_every_card():
    """All of Digital River's test cards and all declines are on the menu, each doing as it says."""
    menu = [card for group in cards().values() for card in group]
    numbers = {card.number for card in menu}
    codes = {
        refusal.body["errors"][0]["code"]
        for card in menu
        if (refusal := decline(trigger_of({"lastName": card.last_name}, None), "fraud")) is not None
    }

    assert set(CARDS) <= numbers
    assert set(DECLINES) <= codes
    assert all(card_of(card.id) == card for card in menu)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://[::1]:8080/shop", "http://[::1]:8080"),
        ("http://127.0.0.1:8080/shop", "http://127.0.0.1:8080"),
        ("http://[::1];script-src", ""),
        ("http://a b/", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_origins(url, expected):
    """Every loopback origin may be the shop's, and nothing that would change a policy."""
    assert expected == origin_of(url)


async def test_form(shop):
    """The form is for the frame of that one shop, and needs no key."""
    status, text, headers = await show(shop, **query(await shop.checkout()))

    assert (status, b"Use this" in text) == (200, True)
    assert "frame-ancestors http://127.0.0.1:8080" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "back",
    ["", "https://shop.example.com/", "//127.0.0.1/", "javascript:alert(1)", "http://[", "/shop"],
)
async def test_shops_elsewhere(shop, back):
    """No page elsewhere may frame it, nor be told what was made."""
    status, _, _ = await show(shop, **query(await shop.checkout(), back))

    assert status == 400


async def test_no_session(shop):
    """A session that there is not cannot be paid."""
    status, _, _ = await show(shop, session="of-nobody", **{"return": BACK})

    assert status == 404


async def test_card(shop):
    """A card becomes a source of that checkout, billed to whom the checkout says."""
    checkout = await shop.checkout()
    source = await made(shop, checkout)

    assert (source["type"], source["state"]) == ("creditCard", "chargeable")
    assert source["owner"]["lastName"] == "Beispiel"
    assert source["amount"] == checkout["totalAmount"]


@pytest.mark.parametrize("card", ["review", "insufficient_funds"])
async def test_cards_by_name(shop, card):
    """What no number provokes, the owner's last name does."""
    source = await made(shop, await shop.checkout(), card=card)

    assert source["owner"]["lastName"] == card_of(card).last_name


async def test_handing_over(shop):
    """The page behind the form holds the source's id, for the one origin, and nothing of it."""
    status, text = await make(shop, await shop.checkout())

    assert status == 200
    assert 'data-origin="http://127.0.0.1:8080"' in text
    assert "Beispiel" not in text
    assert "1111" not in text


async def test_redirect(shop):
    """A redirect has a page to approve on."""
    checkout = await shop.checkout()
    source = await made(shop, checkout, "ideal")

    path = f"/payments/redirects/{source['id']}"
    _, page, _ = await shop.call("GET", path)

    assert source["flow"] == "redirect"
    assert b"Approve" in page


async def test_methods_by_currency(shop):
    """What a currency cannot be paid with is not offered, and not taken either."""
    checkout = await shop.checkout()
    _, page, _ = await show(shop, **query(checkout))
    status, _ = await make(shop, checkout, "konbini")

    assert (b"Konbini" in page, status) == (False, 422)


async def test_card_that_cannot_be_used(shop):
    """A card of which no source can be made is refused on the spot, without a code."""
    number = next(number for number, trigger in CARDS.items() if trigger == "SourceFail")
    status, text = await make(shop, await shop.checkout(), card=number)

    assert (status, "cannot be used" in text, "failed-request" in text) == (422, True, False)


async def test_saving(shop):
    """Only a registered customer is asked whether to save, and finds what was saved."""
    await shop.ok("POST", "/customers", {"id": "erika", "email": "erika@example.com"})
    checkout = await shop.checkout(customerId="erika")
    _, guest, _ = await show(shop, **query(await shop.checkout("p-2")))
    _, registered, _ = await show(shop, **query(checkout))
    status, text = await make(shop, checkout, save="yes")
    source = source_in(text)
    await shop.ok("POST", f"/customers/erika/sources/{source}")
    _, later, _ = await show(shop, **query(await shop.checkout("p-3", customerId="erika")))

    assert (b"Save this" in guest, b"Save this" in registered) == (False, True)
    assert (status, 'data-save="yes"' in text) == (200, True)
    assert b"Visa ending in 1111" in later


async def test_saved_of_another(shop):
    """What one customer has saved is not another's to pay with."""
    await shop.ok("POST", "/customers", {"id": "erika", "email": "erika@example.com"})
    _, text = await make(shop, await shop.checkout(customerId="erika"), save="yes")
    source = source_in(text)
    await shop.ok("POST", f"/customers/erika/sources/{source}")
    await shop.ok("POST", "/customers", {"id": "max", "email": "max@example.com"})
    tried = {}
    for number, customer in enumerate((None, "max", "erika")):
        checkout = await shop.checkout(f"p-{number}", customerId=customer)
        tried[customer], _ = await make(shop, checkout, f"saved:{source}")

    assert {None: 422, "max": 422, "erika": 200} == tried


async def test_hostile_texts(shop):
    """Whatever the checkout says is text on the drop-in's pages."""
    back = f'{BACK}?x="><script>alert(1)</script>'
    _, page, _ = await show(shop, **query(await shop.checkout(), back.replace("&", "%26")))

    assert b"<script>alert(1)" not in page
    assert back in unescape(page.decode())


async def test_public_details(shop):
    """Whoever has a source's secret is shown how to pay, and not whose it is."""
    source = await made(shop, await shop.checkout(), "wireTransfer")
    path = f"/payments/sources/{source['id']}?clientSecret="
    shown = await shop.ok("GET", path + source["clientSecret"])
    refused, _, _ = await shop.call("GET", path + "guessed")

    assert (shown["type"], "iban" in shown["wireTransfer"]) == ("wireTransfer", True)
    assert {"owner", "clientSecret", "customerId"} & set(shown) == set()
    assert refused == 404


async def test_dress(shop):
    """Style and script are served, and nothing else of that folder."""
    found = {}
    for name in ("pages.css", "drop-in.js", "..%2fpages.py", "x"):
        found[name], _, _ = await shop.call("GET", f"/static/{name}")

    assert {"pages.css": 200, "drop-in.js": 200, "..%2fpages.py": 404, "x": 404} == found


async def test_redirect_page_leads_back(shop):
    """The redirect's page may send its form on to the shop, and to nobody else."""
    checkout = await shop.checkout()
    source = await made(shop, checkout, "ideal")
    _, _, headers = await shop.call("GET", f"/payments/redirects/{source['id']}")

    policy = headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8080;" in policy
    assert "frame-ancestors 'none'" in policy
