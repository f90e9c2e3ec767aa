"""What the shoppers of a seed want: as many of each kind as its share, in an order of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

from demo.catalogue import (
    CABLE,
    FONT,
    GERMANY,
    JAPAN,
    LAMP,
    UNITED_STATES,
    Market,
    Product,
    basket,
)
from demo.http import JSON
from demo.sources import DECLINED_CARD, REVIEWED, card, push, redirect

from .people import Person, invented

_GOODS: Final = (LAMP, CABLE, FONT)
_MARKETS: Final = (GERMANY, UNITED_STATES, JAPAN)
_TWICE = 0.10
_OTHER_BODY = 0.05
_ARRIVING = 0.53
_EARLY = 0.25

Unpaid = Literal["pays", "leaves", "is silent", "lets it expire", "fails", "cancels"]
Review = Literal["pass", "block", "cancel"]
Accepted = Literal["ship", "cancel a piece", "leave a piece out", "cancel"]
Early = Literal["submit", "cancel", "forget"]


@dataclass(frozen=True)
class Course:
    """One way that a purchase can go."""

    sources: tuple[JSON, ...] = (card(),)
    """What the shopper pays with, one try after the other."""
    market: Market | None = None
    early: Early = "submit"
    unpaid: Unpaid = "pays"
    review: Review = "pass"
    accepted: Accepted = "ship"
    refunds: int = 0
    """How much of the money is given back in the end, in percent."""
    share: int = 1
    """How many of a hundred purchases go this way."""
    expires: bool = False
    """Whether it ends with the checkout window only, and so has to begin early."""


COURSES: Final[Mapping[str, Course]] = {
    "card": Course(share=19),
    "card, some of it refunded": Course(refunds=40, share=6),
    "a piece cancelled": Course(accepted="cancel a piece", share=7),
    "a piece left out": Course(accepted="leave a piece out", share=6),
    "declined, then another card": Course(sources=(card(DECLINED_CARD), card()), share=8),
    "declined, then gone": Course(sources=(card(DECLINED_CARD),), share=2, expires=True),
    "fraud at submission": Course(sources=(card(last_name="FraudBlock"),), share=3),
    "wire transfer": Course(sources=(push("wireTransfer"),), market=UNITED_STATES, share=9),
    "konbini, never paid": Course(
        sources=(push("konbini"),), market=JAPAN, unpaid="is silent", share=4
    ),
    "konbini, expired": Course(
        sources=(push("konbini"),), market=JAPAN, unpaid="lets it expire", share=3
    ),
    "wire transfer, charge fails": Course(
        sources=(push("wireTransfer"),), market=UNITED_STATES, unpaid="fails", share=3
    ),
    "wire transfer, cancelled": Course(
        sources=(push("wireTransfer"),), market=UNITED_STATES, unpaid="cancels", share=2
    ),
    "redirect": Course(sources=(redirect("klarnaCredit"),), market=GERMANY, share=8),
    "redirect left, then a card": Course(
        sources=(redirect("bancontact"), card()), market=GERMANY, unpaid="leaves", share=5
    ),
    "redirect left for good": Course(
        sources=(redirect("bancontact"),), market=GERMANY, unpaid="leaves", share=2, expires=True
    ),
    "review passed": Course(sources=(card(last_name=REVIEWED),), share=6),
    "review blocked": Course(sources=(card(last_name=REVIEWED),), review="block", share=4),
    "cancelled in review": Course(sources=(card(last_name=REVIEWED),), review="cancel", share=2),
    "cancelled when accepted": Course(accepted="cancel", share=4),
    "cancelled before submission": Course(early="cancel", share=2),
    "forgotten": Course(early="forget", share=5, expires=True),
}


@dataclass(frozen=True)
class Script:
    """One purchase as its shopper and its merchant will carry it through."""

    id: str
    name: str
    course: Course
    person: Person
    arrives: float
    """Seconds from the beginning."""
    goods: Mapping[Product, int]
    parcels: int
    twice: bool
    """Whether it is opened by two calls at once, with one key."""
    other_body: bool
    """Whether somebody uses its key again for something else."""
    random: Random = field(compare=False)

    @property
    def request(self) -> JSON:
        """What the merchant asks for."""
        person, wanted = self.person, basket(self.id, self.person.market, self.goods)
        return wanted | {
            "items": [{**line, "metadata": person.engraving} for line in wanted["items"]],
            "metadata": person.note,
            "email": person.email,
            "browserIp": person.browser_ip,
            "billTo": person.contact(),
            **({"shipTo": person.contact()} if any(one.physical for one in self.goods) else {}),
        }


def write(seed: int, count: int, seconds: float) -> Sequence[Script]:
    """Write the scripts of a seed; each course is taken at least once where there is room."""
    random = Random(seed)  # noqa: S311 - repeatable, guards nothing
    names = _names(count)
    random.shuffle(names)
    return [
        _script(random, f"s{seed}-{number:03}", name, seconds)
        for number, name in enumerate(names, start=1)
    ]


def _names(count: int) -> list[str]:
    """Give every course its share of so many purchases, largest remainders first."""
    total = sum(course.share for course in COURSES.values())
    exact = {name: course.share * count / total for name, course in COURSES.items()}
    taken = {name: max(1, int(share)) for name, share in exact.items()}
    while sum(taken.values()) != count:
        gaps = {name: exact[name] - taken[name] for name in COURSES}
        if sum(taken.values()) < count:
            taken[max(gaps, key=gaps.__getitem__)] += 1
        else:
            taken[min((name for name in gaps if taken[name] > 1), key=gaps.__getitem__)] -= 1
    return [name for name, share in taken.items() for _ in range(share)]


def _script(random: Random, purchase_id: str, name: str, seconds: float) -> Script:
    course = COURSES[name]
    last = seconds * (_EARLY if course.expires else _ARRIVING)
    goods = random.sample(_GOODS, random.randint(1, 3))
    least = 2 if course.accepted in {"cancel a piece", "leave a piece out"} else 1
    return Script(
        id=purchase_id,
        name=name,
        course=course,
        person=invented(random, course.market or random.choice(_MARKETS)),
        arrives=random.uniform(0, last),
        goods={product: random.randint(least, 3) for product in goods},
        parcels=random.randint(1, 2),
        twice=random.random() < _TWICE,
        other_body=random.random() < _OTHER_BODY,
        random=Random(random.getrandbits(64)),  # noqa: S311 - repeatable, guards nothing
    )
