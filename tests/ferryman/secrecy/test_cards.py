import json
import random
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ferryman.secrecy.cards import MASK, card_places, holds_card, masked

EXAMPLES = Path(__file__).parents[1] / "digital_river" / "examples"
CARD = "4444222233331111"
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
BEGINNINGS = {
    13: ("4",),
    14: ("36", "300"),
    15: ("34", "37"),
    16: ("4", "51", "2221", "6011", "3530", "50", "2200"),
    17: ("58",),
    18: ("6304", "62"),
    19: ("4", "62"),
}
LINE = {"lineId": "1", "skuId": "s", "quantity": 1, "price": 9.99}


def checked(digits: str) -> str:
    """The digits with the check digit that makes them valid."""
    for last in "0123456789":
        if holds_luhn(digits + last):
            return digits + last
    raise AssertionError(digits)


def holds_luhn(digits: str) -> bool:
    """The check by its textbook definition."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def generated(rng: random.Random, lengths: range) -> str:
    """A number that an issuer might give."""
    length = rng.choice(lengths)
    start = rng.choice(BEGINNINGS[length])
    return checked(start + "".join(rng.choices("0123456789", k=length - 1 - len(start))))


def written(rng: random.Random, number: str) -> str:
    """The number as people write it."""
    grouped = [number[at : at + 4] for at in range(0, len(number), 4)]
    ways = [number, f"card {number}.", f"x{number}y"]
    if len(number) in {16, 19}:
        ways += [" ".join(grouped), "-".join(grouped)]
    if len(number) == 15:
        ways.append(f"{number[:4]} {number[4:10]} {number[10:]}")
    return rng.choice(ways)


def strings(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a document has texts."""
    if isinstance(node, dict):
        return [each for key, value in node.items() for each in strings(value, (*path, key))]
    if isinstance(node, list):
        return [each for key, value in enumerate(node) for each in strings(value, (*path, key))]
    return [path] if isinstance(node, str) else []


def planted(node: Any, path: tuple[Any, ...], text: str) -> Any:
    """The document with another text at one place."""
    if not path:
        return text
    copy = node.copy()
    copy[path[0]] = planted(node[path[0]], path[1:], text)
    return copy


ADDRESS = {"line1": "Neuer Wall 10", "city": "Hamburg", "postalCode": "20354", "country": "DE"}
DOCUMENT = {
    "upstreamId": "order-1",
    "currency": "EUR",
    "email": "erika@example.com",
    "locale": "de_DE",
    "browserIp": "192.0.2.7",
    "customer": {"id": "c1", "metadata": {"loyalty": "gold"}},
    "items": [{**LINE, "metadata": {"note": "gift"}, "productDetails": {"name": "Boots"}}],
    "shipTo": {"name": "Erika Beispiel", "phone": "+4915123456789", "address": ADDRESS},
    "shippingChoice": {"description": "standard", "serviceLevel": "SG"},
    "taxIdentifiers": [{"type": "uk", "value": "GB123456789"}],
    "sourceId": str(uuid.UUID(int=7)),
    "reason": "changed my mind",
    "trackingCompany": "DHL",
    "trackingNumber": "00340434161094015902",
    "trackingUrl": "https://track.example.com/00340434161094015902",
}


def test_thousand_numbers_in_every_field():
    """1,000 generated card numbers are found in every text of a request, however written."""
    rng = random.Random(7)  # noqa: S311 - guards nothing
    places, found = strings(DOCUMENT), []
    for _ in range(1000):
        text = written(rng, generated(rng, range(14, 20)))
        document = DOCUMENT
        for path in places:
            document = planted(document, path, text)
        found.append(len(list(card_places(document))))

    assert 26 == len(places)
    assert [26] * 1000 == found


def test_any_issuer():
    """Where no number of another's belongs, the check digit alone decides, from 13 digits on."""
    rng = random.Random(8)  # noqa: S311 - guards nothing
    numbers = [
        checked("".join(rng.choices("0123456789", k=rng.randint(12, 18)))) for _ in range(1000)
    ]

    assert 1000 == sum(holds_card(f"card {each}") for each in numbers)


def test_ids_of_digital_river():
    """10,000 ids as Digital River makes them are no card numbers, wherever they are sent."""
    rng = random.Random(9)  # noqa: S311 - guards nothing
    ids = []
    for _ in range(2500):
        name = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        number = "".join(rng.choices("0123456789", k=rng.choice((12, 13))))
        ids += [name, f"re_{name}", f"ful_{name}", number]
    wrong = [
        each
        for each in ids
        for place in ("orderId", "id", "upstreamId", "skuId")
        if list(card_places({place: each}))
    ]
    elsewhere = [each for each in ids if len(each) > 13 and holds_card(each)]

    assert (10_000, [], []) == (len(ids), wrong, elsewhere)


def test_keys_that_are_uuids():
    """Of 20,000 random keys none is taken for a card, written in a row or in groups."""
    rng = random.Random(10)  # noqa: S311 - guards nothing
    keys = [uuid.UUID(int=rng.getrandbits(128), version=4) for _ in range(20_000)]

    assert [] == [key for key in keys if holds_card(key.hex) or holds_card(str(key))]


@pytest.mark.parametrize("size", [20, 24, 31, 40, 64])
def test_keys_in_hexadecimal(size):
    """Of 20,000 random names none is taken for a card, with a prefix or without."""
    rng = random.Random(12)  # noqa: S311 - guards nothing
    names = [f"{rng.getrandbits(4 * size):0{size}x}" for _ in range(20_000)]
    mixed = [name for name in names if not name.isdigit()]

    assert [] == [name for name in mixed if holds_card(name) or holds_card(f"p-{name}")]


@pytest.mark.parametrize(
    "text", ["card{}", "a{}", "{}b", "{}abc", "x{}abcd", "abcd{}x", "ab-{}", "{}_abcd"]
)
def test_beside_letters(text):
    """Letters before or behind a number do not hide it."""
    assert holds_card(text.format(CARD))


def ids(node: Any, name: str = "") -> Iterator[str]:
    """The ids in a document of Digital River's."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from ids(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from ids(value, name)
    elif isinstance(node, str) and re.fullmatch(r"id|\w+Ids?", name):
        yield node


def test_ids_in_the_examples():
    """No id in the examples of Digital River's documents is a card number, even in free text."""
    files = sorted(EXAMPLES.rglob("*.json"))
    found = {each for file in files for each in ids(json.loads(file.read_text()))}

    assert 200 < len(found)
    assert [] == [each for each in found if holds_card(each)]


@pytest.mark.parametrize(
    "document",
    [
        DOCUMENT,
        {"phone": "+4915123456787"},
        {"trackingNumber": checked("77141234567890")},
        {"reason": "4444222233331112"},
        {"reason": "0" * 12},
        {"reason": "1" * 20},
        {"reason": "DE89 3704 0044 0532 0130 00"},
        {"reason": "1234 5678 9012 3452"[::-1]},
        {"reason": "am 22-11-2026 um 13 10 04 50"},
        {"price": 4444.0},
        {"quantity": 1000},
        {"reason": "\N{FULLWIDTH DIGIT ONE}" * 16},
        [],
        None,
        True,
    ],
)
def test_harmless(document):
    """What is no card number passes."""
    assert [] == list(card_places(document))


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({"a/b": {"c~d": [CARD]}}, ["/a~1b/c~0d/0"]),
        ({"metadata": {CARD: "x"}}, ["/metadata"]),
        ({"metadata": {"n": int(CARD)}}, ["/metadata/n"]),
        (CARD, [""]),
        ([CARD, "4444 2222 3333 1111"], ["/0", "/1"]),
        ({"phone": [CARD]}, ["/phone/0"]),
        ({"reason": "4444-2222 3333-1111"}, ["/reason"]),
        ({"reason": "44 44 22 22 33 33 11 11"}, ["/reason"]),
        ({"reason": "4 4 4 4 2 2 2 2 3 3 3 3 1 1 1 1"}, ["/reason"]),
        ({"reason": "4444 - 2222\n3333\t1111"}, ["/reason"]),
        ({"reason": "\N{FULLWIDTH DIGIT FOUR}" * 4 + CARD[4:]}, ["/reason"]),
        ({"reason": CARD.translate(ARABIC)}, ["/reason"]),
        ({"reason": Decimal(f"{CARD}.0")}, ["/reason"]),
        ({"reason": Decimal("4.444222233331111e15")}, ["/reason"]),
        ({"reason": -int(CARD)}, ["/reason"]),
        ({"reason": "4444\N{NO-BREAK SPACE}2222\N{EN DASH}3333\N{MINUS SIGN}1111"}, ["/reason"]),
        ({"reason": "4444\N{ZERO WIDTH SPACE}222233331111"}, ["/reason"]),
    ],
)
def test_pointers(document, pointers):
    """Each place is pointed at, and no pointer repeats a number."""
    assert pointers == list(card_places(document))


GROUPED = (4444, 2222, 3333, 1111)
BESIDE = ("{} 12/29", "{} 12/29 123", "{} 123", "{}-123", "{} 01/30", "{} 2 pcs", "{} 1229")
BEFORE = ("+49 30 1234 {}", "07/28 {}", "12 {}")


@pytest.mark.parametrize("text", [*BESIDE, *BEFORE])
@pytest.mark.parametrize("apart", [" ", "-", ".", "/", "_", ":", ",", "\N{MIDDLE DOT}", "    "])
def test_with_more_beside(text, apart):
    """A number is found with its date, its last three digits or any other number beside it."""
    by_four = apart.join(map(str, GROUPED))
    by_eight = f"{CARD[:8]}{apart}{CARD[8:]}"
    american = apart.join(("3782", "822463", "10005"))

    assert [True] * 3 == [holds_card(text.format(each)) for each in (by_four, by_eight, american)]


@pytest.mark.parametrize("apart", [".", "/", "_", ":", ",", "\N{MIDDLE DOT}", "    ", " . ", "-"])
@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_set_apart(apart, size):
    """Whatever stands between the digits, the same each time, hides nothing."""
    groups = [CARD[at : at + size] for at in range(0, len(CARD), size)]

    assert holds_card(f"card {apart.join(groups)}.")


def harmless(rng: random.Random) -> str:
    """What people write with many digits: prices, telephone numbers, orders and their dates."""
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(40_000_000))
    some = [rng.randrange(10**9) for _ in range(4)]
    prices = [f"{each % 10**6 / 100:,.2f}" for each in some]
    return rng.choice(
        (
            " ".join(prices[:2]),
            ", ".join(f"{each} EUR" for each in prices),
            f"{prices[0]} + {prices[1]} = {prices[2]}",
            f"+49 30 {some[0] % 10**8}",
            f"+1 ({some[0] % 900 + 100}) {some[1] % 900 + 100}-{some[2] % 10**4:04}",
            f"+81-3-{some[0] % 10**4:04}-{some[1] % 10**4:04} ext. {some[2] % 1000}",
            f"{day:%Y-%m-%d %H:%M:%S}",
            f"{day:%d.%m.%Y %H:%M:%S}",
            f"{day:%d/%m/%Y}, {day:%H:%M:%S}",
            f"{day:%Y-%m-%d}/{some[0] % 10**5}",
            f"SO-{day:%Y%m%d}-{some[0] % 10**6:06}",
            f"{day:%Y%m%d}-{some[0] % 10**6:06}",
            f"order {some[0]} of {day:%Y-%m-%d} for {prices[0]}",
            f"{some[0] % 256}.{some[1] % 256}.{some[2] % 256}.{some[3] % 256}",
        )
    )


def test_prices_telephones_and_dates():
    """Of 20,000 prices, telephone numbers and orders with dates none is taken for a card."""
    rng = random.Random(13)  # noqa: S311 - guards nothing
    texts = [harmless(rng) for _ in range(20_000)]

    assert [] == [each for each in texts if holds_card(each)]


def test_deeply_nested():
    """However deep a request is nested, it is searched to its end."""
    document: Any = CARD
    for _ in range(50_000):
        document = [document]

    assert ["/0" * 50_000] == list(card_places(document))


def test_masked():
    """A path with a card number is not logged, escaped or not; any other is."""
    assert MASK == masked(f"/purchases/{CARD}")
    assert MASK == masked("/purchases/4444%202222%203333%201111")
    assert "/purchases/p1" == masked("/purchases/p1")
