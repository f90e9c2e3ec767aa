"""What one order costs, on real processes: a change that makes orders dearer turns this red."""

import pytest

from bench.counted import KIB, MOST_ACTIONS, MOST_EVENTS, MOST_KIB
from bench.lives import life_of
from bench.running import people
from bench.system import Place, System
from ferryman.purchase.purchase import workflow_id


@pytest.fixture(scope="module")
async def bought(tmp_path_factory):
    """The lives of an order of ours and of one the plain way, both shipped and complete."""
    system = System(Place.within(tmp_path_factory.mktemp("bench")))
    async with system.running(), people(system) as there:
        await there.shop.buy("ours")
        await there.plain_shop.buy("plain")
        yield [await life_of(there.client, workflow_id(each)) for each in ("ours", "plain")]


def test_an_order_has_few_events(bought):
    """From the basket to the last webhook of a complete order."""
    events = bought[0].count.events

    assert sum(events.values()) <= MOST_EVENTS, events


def test_an_order_is_few_actions(bought):
    """These are what Temporal Cloud bills."""
    actions = bought[0].count.actions

    assert sum(actions.values()) <= MOST_ACTIONS, actions


def test_an_order_is_a_small_history(bought):
    """Its bytes, as Temporal counts them, are what is stored."""
    assert bought[0].octets <= MOST_KIB * KIB


def test_the_plain_way_has_no_local_step(bought):
    """What is compared to us takes every step as an ordinary activity, and none of them twice."""
    ours, plain = (life.count for life in bought)

    assert {"local activities of a task", "activity retry"}.isdisjoint(plain.actions)
    assert plain.actions["activity"] > ours.actions["activity"]
