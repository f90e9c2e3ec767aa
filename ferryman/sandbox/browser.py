"""Sources as the shopper's browser makes them with the public key (DigitalRiver.js)."""

from datetime import timedelta
from decimal import Decimal

from .calls import Answer
from .errors import invalid, missing, refuse
from .events import emit
from .outcome import payment_window, redirect_url
from .pricing import price
from .sessions import REDIRECT_FIRST, contributions
from .sources import checkout_of_session
from .triggers import CREATION_FAILS, trigger_of
from .wire import Json, fraction, new_id, new_secret, present, seconds, words
from .world import Source, World

_STANDARD = frozenset(words("creditCard applePay googlePay codJapan"))
_RECEIVER = frozenset(words("wireTransfer konbini bPay"))
_REDIRECT = frozenset(
    words(
        "klarnaCredit klarnaCreditRecurring bancontact directDebit msts afterPay clearPay alipay "
        "alipayCn amazonPay blik bnpParibas ccAvenue ideal onlineBanking fpxOnlineBanking "
        "bankTransfer "
        "payco trustly"
    )
)
_REUSABLE = frozenset(
    words(
        "creditCard applePay googlePay payPalBilling klarnaCreditRecurring directDebit msts "
        "alipayCn "
        "amazonPay"
    )
)
_BRANDS = {"4": "Visa", "5": "MasterCard", "3": "AmericanExpress", "6": "Discover"}


def create_browser_source(world: World, body: Json) -> Answer:
    """Create a source of any kind but customer credit, and give it as the browser gets it.

    A payment session brings amount and currency along. A wallet that redirects first comes back
    approved, unless `approved` is false.
    """
    kind = body.get("type")
    if kind is None:
        raise missing("type")
    if kind not in _STANDARD | _RECEIVER | _REDIRECT | REDIRECT_FIRST:
        raise invalid("type", f"'{kind}' is not a valid type.")
    owner = body.get("owner")
    if owner is None:
        raise missing("owner")
    if not (owner.get("address") or {}).get("country"):
        raise missing("owner.address")
    trigger = trigger_of(owner, (body.get("card") or {}).get("number"))
    if trigger in CREATION_FAILS:
        raise refuse(409, "failed-request", "Failed to create source.")
    source = _build(world, body, trigger)
    world.sources[source.id] = source
    emit(world, "source.created", source.doc, None)
    if source.doc["state"] == "chargeable":
        emit(world, "source.chargeable", source.doc, None)
    return Answer(201, _as_browser(world, source, body))


def _build(world: World, body: Json, trigger: str) -> Source:
    kind, identity = body["type"], new_id()
    flow = _flow(kind)
    state = {"standard": "chargeable", "receiver": "pending_funds"}.get(flow, "pending_redirect")
    if kind in REDIRECT_FIRST and body.get("approved", True):
        state = "chargeable"
    amount, currency = _amount(world, body)
    doc = present(
        id=identity,
        createdTime=seconds(world.clock.now()),
        type=kind,
        currency=currency,
        amount=amount,
        reusable=bool(body.get("reusable", False)),
        state=state,
        owner=_owner(body["owner"]),
        customerId=body.get("customerId"),
        paymentSessionId=body.get("paymentSessionId"),
        clientSecret=new_secret(identity),
        flow=flow,
        liveMode=False,
    )
    source = Source(
        doc,
        trigger,
        None if doc["reusable"] else amount,
        storable=kind in _REUSABLE and bool(body.get("readyForStorage", True)),
        return_url=_url(body, "returnUrl"),
        cancel_url=_url(body, "cancelUrl"),
    )
    doc[kind] = _details(world, kind, source, body)
    return source


def _url(body: Json, name: str) -> str | None:
    value = body.get(name)
    if not isinstance(value, str | None):
        raise invalid(name, f"'{value}' is not a valid {name}.")
    return value


def _flow(kind: str) -> str:
    if kind in _STANDARD:
        return "standard"
    return "receiver" if kind in _RECEIVER else "redirect"


def _amount(world: World, body: Json) -> tuple[Decimal | None, str | None]:
    session_id = body.get("paymentSessionId")
    if session_id is None:
        amount = body.get("amount")
        return (None if amount is None else Decimal(str(amount))), body.get("currency")
    checkout = checkout_of_session(world, session_id)
    total = price(checkout.request, world.skus, void=world.void_identifiers).totals["totalAmount"]
    credited = [one for one in checkout.sources if one.secondary]
    covered = sum(contributions(credited, total), Decimal(0))
    return total - covered, checkout.request["currency"]


def _owner(owner: Json) -> Json:
    known = ("firstName", "lastName", "email", "organization", "upstreamId", "address")
    return {name: owner[name] for name in (*known, "additionalAddressInfo") if name in owner}


def _details(world: World, kind: str, source: Source, body: Json) -> Json:
    links = present(
        redirectUrl=redirect_url(world, source),
        returnUrl=source.return_url,
        cancelUrl=source.cancel_url,
    )
    details: dict[str, Json] = {
        "creditCard": _card(body),
        "googlePay": _card(body),
        "wireTransfer": {
            "accountHolder": "Global Collect BV",
            "bankName": "Rabobank N.A.",
            "city": "Ontario",
            "country": "US",
            "referenceId": source.id[:12].upper(),
            "accountNumber": "0487369908",
            "additionalBankInformation": "Branch 0001",
            "iban": "NL91ABNA0417164300",
            "swiftCode": "RABOUS66XXX",
        },
        "konbini": {
            "storeId": "010",
            "receiptNumber": source.id[:13],
            "printableInvoiceUrl": "http://payment.sej.co.jp:580/od/hi.asp",
            "storeName": "Seven Eleven",
            "localizedStoreName": "セブン-イレブン",
            "storeLogoUrl": "https://ui1.img.digitalrivercontent.net/konbini/seven11.gif",
        },
        "bPay": {
            "accountHolder": "Digital River",
            "bankName": "Westpac",
            "referenceId": source.id[:12].upper(),
            "billId": "23796",
            "customerPaymentReference": source.id[:8],
        },
        "klarnaCredit": {
            "shipping": _recipient(body["owner"]),
            "token": source.id,
            **links,
            "offline": False,
        },
        "klarnaCreditRecurring": {key: links[key] for key in links if key != "redirectUrl"},
        "directDebit": {"redirect": {key: links[key] for key in links if key != "cancelUrl"}},
        "onlineBanking": {"bankCode": "86"},
        **{name: {"redirect": links} for name in REDIRECT_FIRST},
    }
    return details.get(kind, {})


def _recipient(owner: Json) -> Json:
    fields = ("line1", "city", "state", "country", "postalCode")
    address = {name: owner["address"][name] for name in fields if name in owner["address"]}
    name = f"{owner.get('firstName', '')} {owner.get('lastName', '')}".strip()
    return present(recipient=name, address=address, email=owner.get("email"))


def _card(body: Json) -> Json:
    card = body.get("card") or {}
    number = str(card.get("number", "4444222233331111")).replace(" ", "")
    return {
        "brand": _BRANDS.get(number[:1], "Visa"),
        "expirationMonth": card.get("expirationMonth", 7),
        "expirationYear": card.get("expirationYear", 2035),
        "lastFourDigits": number[-4:],
    }


def _as_browser(world: World, source: Source, body: Json) -> Json:
    doc, now = source.doc, fraction(world.clock.now())
    flow = doc["flow"]
    shown = {
        "clientId": "gc",
        "channelId": "drdod15",
        **doc,
        "createdTime": now,
        "updatedTime": now,
        "creationIp": "203.0.113.7",
        **present(sessionId=doc.get("paymentSessionId")),
        "readyForStorage": source.storable and bool(body.get("readyForStorage", False)),
    }
    if "amount" in doc:
        shown["amount"] = f"{doc['amount']:.2f}"
    if flow == "redirect":
        shown["redirect"] = present(
            redirectUrl=redirect_url(world, source),
            returnUrl=source.return_url,
            cancelUrl=source.cancel_url,
        )
    if flow == "receiver":
        window: timedelta = payment_window(world, None, source)
        shown["expirationTime"] = fraction(world.clock.now() + window)
    return shown
