"""What one order costs, on real processes: a change that makes orders dearer turns this red."""

import pytest

from bench.counted import KIB, MOST_ACTIONS, MOST_EVENTS, MOST_KIB
from bench.lives import life_of, usual
from bench.running import people
from bench.system import Place, System
from ferryman.purchase.purchase import workflow_id

ORDERS = 5
"""When events come, and so how many come together, is the machine's: the cheapest order counts."""


@pytest.fixture(scope="module")
async def bought(tmp_path_factory):
    """The cheapest of a few orders of ours and of as many the plain way; a bare one."""
    system, lives = System(Place.within(tmp_path_factory.mktemp("bench"))), {}
    async with system.running(), people(system) as there:
        for name, shop in (("ours", there.shop), ("plain", there.plain_shop)):
            ids = [f"{name}-{number}" for number in range(ORDERS)]
            for each in ids:
                await shop.buy(each)
            lived = [await life_of(there.client, workflow_id(each)) for each in ids]
            lives[name] = min(lived, key=lambda life: life.count.all_events)
        await there.bare_shop.buy("bare")
        bare = await life_of(there.client, "bare")
    return usual([lives["ours"]]), usual([lives["plain"]]), usual([bare])


def test_an_order_has_few_events(bought):
    """From the basket to the last webhook of a complete order."""
    assert bought[0].events <= MOST_EVENTS, bought[0].events_by_type


def test_an_order_is_few_actions(bought):
    """These are what Temporal Cloud bills."""
    assert bought[0].actions <= MOST_ACTIONS, bought[0].actions_by_kind


def test_an_order_is_a_small_history(bought):
    """Its bytes, as Temporal counts them, are what is stored."""
    assert bought[0].octets <= MOST_KIB * KIB


def test_the_plain_way_has_no_local_step(bought):
    """What is compared to us takes every step as an ordinary activity, and none of them twice."""
    ours, plain, _ = (each.actions_by_kind for each in bought)

    assert {"local activities of a task", "activity retry"}.isdisjoint(plain)
    assert plain["activity"] > ours["activity"]


def test_the_bare_flow_is_of_the_same_shape(bought):
    """It is asked and told as often as the cheapest order, and has no step that an order lacks."""
    ours, _, bare = (each.actions_by_kind for each in bought)

    assert ours["update"] == bare["update"]
    assert ours["signal"] >= bare["signal"]
    assert all(ours.get(kind, 0) >= number for kind, number in bare.items())
