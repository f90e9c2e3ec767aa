"""Every order in which a life's events may come, with one of them twice and one of them lost."""

from collections.abc import Iterator
from itertools import permutations
from math import factorial

import pytest

from ferryman.purchase import lines as ledger
from ferryman.purchase.messages import ShipmentItem
from ferryman.purchase.request import Item
from ferryman.purchase.states import State
from tests.properties.lives import LIVES, Life
from tests.properties.ours import Ours

ITEMS = (Item(line_id="1", sku_id="sku", quantity=1, price=1),)
MANY = 5
"""Of more events than these, each permutation loses one and doubles one, but not each in turn."""

Order = tuple[int, ...]


def orders(events: int) -> Iterator[Order]:
    """Which event comes when: all of them, one of them once more at each place, all but one."""
    for number, order in enumerate(permutations(range(events))):
        yield order
        places = range(events) if events <= MANY else (number % events,)
        for place in places:
            yield order[:place] + order[place + 1 :]
            yield (*order[:place], order[-1 - place], *order[place:])


def looks(life: Life, order: Order) -> Iterator[list[int]]:
    """What the order shows when: as early as its events allow, as late, and one behind the other.

    It has changed at least as often as the events say that have come so far.
    """
    last = len(life.shows) - 1
    soonest = [max(life.events[each][1] for each in order[: n + 1]) for n in range(len(order))]
    yield soonest
    if len(life.events) <= MANY:
        yield [min(shown + 1, last) for shown in soonest]
        yield [last] * len(order)


def live(life: Life, order: Order, shown: list[int]) -> Ours:
    """The purchase after these events and a last look."""
    ours = Ours(ITEMS, redirect=life.redirect)
    ours.attempt.told.back = life.back
    if life.shipped:
        ours.attempt.lines = ledger.moved(
            ours.attempt.lines, (ShipmentItem(line_id="1", quantity=1),)
        )
    ours.look(life.shows[0])
    for each, look in zip(order, shown, strict=True):
        if ours.state is State.PAYMENT_FAILED:
            return ours
        ours.hear_and_see(life.events[each][0], life.shows[look])
    ours.look(life.shows[-1])
    return ours


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.name)
def test_every_order_of_its_events_ends_a_life_the_same(life, tried):
    """Whatever came when, twice or never, and whatever the order showed by then."""
    ends, reasons = set(), set()
    tried["permutations"] += factorial(len(life.events))
    for order in orders(len(life.events)):
        for shown in looks(life, order):
            ours = live(life, order, shown)
            ends.add(ours.state)
            reasons.add(ours.reason)
            tried["ways to tell them"] += 1

    assert {life.end} == ends
    assert reasons <= life.reasons
