"""What the drop-in offers to pay with: methods, and what each test card provokes."""

from collections.abc import Mapping
from dataclasses import dataclass

from .triggers import CARDS, DECLINES
from .wire import Json
from .world import Checkout, World

GOOD_CARD = "4444222233331111"
_SAVED = "saved:"
_LATER: Mapping[str, str] = {
    "SourceFail": "Cannot be used at all",
    "ChargeFail": "Declined: the charge fails",
    "CaptureFail": "Paid, then the capture fails",
    "CaptureFailAfterPending": "Paid, then the capture waits and fails",
    "CaptureRemainPending": "Paid, then the capture waits for ever",
    "RefundFail": "Paid, then a refund fails",
    "RefundFailedAfterPending": "Paid, then a refund waits and fails",
    "CancelFail": "Paid, then a cancellation fails",
}


@dataclass(frozen=True)
class Method:
    """One way to pay; `currencies` is empty where it takes all."""

    kind: str
    name: str
    words: str
    currencies: frozenset[str] = frozenset()


METHODS = (
    Method("creditCard", "Card", "One of the test cards below."),
    Method("googlePay", "Google Pay", "A wallet that pays at once."),
    Method(
        "klarnaCredit",
        "Klarna",
        "You pay at Klarna's site, after the order is placed.",
        frozenset({"EUR", "USD"}),
    ),
    Method("ideal", "iDEAL", "You pay at your bank's site, after the order.", frozenset({"EUR"})),
    Method("wireTransfer", "Wire transfer", "You send the money, after the order is placed."),
    Method(
        "konbini", "Konbini", "You pay in a convenience store, after the order.", frozenset({"JPY"})
    ),
)


@dataclass(frozen=True)
class Card:
    """A card of the sandbox's: its number, or its owner's last name, says how it goes."""

    id: str
    name: str
    number: str = GOOD_CARD
    last_name: str | None = None


def cards() -> Mapping[str, tuple[Card, ...]]:
    """List every test card, by group."""
    return {
        "Goes well": (
            Card("good", "Paid at once"),
            Card("review", "Goes into review", last_name="Review"),
        ),
        "Declined": (
            Card("blocked", "Blocked as fraud", last_name="FraudBlock"),
            *(
                Card(code, f"Declined: {code.replace('_', ' ')}", last_name=f"FailCode {code}")
                for code in DECLINES
            ),
        ),
        "By number": tuple(
            Card(number, f"{_LATER[trigger]} (…{number[-4:]})", number)
            for number, trigger in CARDS.items()
        ),
    }


def card_of(identity: str) -> Card | None:
    """Find a test card."""
    every = (card for group in cards().values() for card in group)
    return next((card for card in every if card.id == identity), None)


def methods(world: World, checkout: Checkout) -> tuple[Method, ...]:
    """List what this checkout can be paid with, what its customer has saved first."""
    currency = checkout.request["currency"]
    own = tuple(_saved(source) for source in _stored(world, checkout))
    return own + tuple(
        each for each in METHODS if not each.currencies or currency in each.currencies
    )


def saved_of(kind: str) -> str | None:
    """Give the id of the saved source that a method stands for; None for any other."""
    return kind.removeprefix(_SAVED) if kind.startswith(_SAVED) else None


def _stored(world: World, checkout: Checkout) -> list[Json]:
    customer = checkout.request.get("customerId")
    if customer is None:
        return []
    return [one.doc for one in world.sources.values() if one.doc.get("customerId") == customer]


def _saved(doc: Json) -> Method:
    kind = doc["type"]
    digits = (doc.get(kind) or {}).get("lastFourDigits")
    brand = (doc.get(kind) or {}).get("brand", kind)
    return Method(f"{_SAVED}{doc['id']}", f"{brand} ending in {digits}", "Saved before.")
