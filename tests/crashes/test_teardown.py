"""A worker is really torn down in the middle of a step; another one takes its purchases over."""

import asyncio

import pytest

from tests.crashes.conftest import CASE
from tests.crashes.crossing import Case

pytestmark = pytest.mark.timeout(300)

HANGING = (
    "card/create_order#1/POST orders#1/hangs_before",
    "card/create_order#1/POST orders#1/hangs_after",
    "card/fulfill#2/POST fulfillments#1/hangs_after",
    "redirect/cancel_order#1/POST fulfillments#1/hangs_after",
    "card/build_checkout#1/POST checkouts#1/hangs_after",
    "card/attach_source#1/POST checkouts sources#1/hangs_after",
    "card/save_record#4/hangs_after",
)
"""Money steps are missed by their heartbeat; local steps end with their worker."""


async def test_another_worker_takes_over_what_a_dead_one_had_in_hand(mortal):
    """What the first one knew is gone, and yet all ends as without its death."""
    names = [name for name in HANGING if CASE in {None, name}]
    outcomes = await asyncio.gather(*(mortal.play(Case.named(name)) for name in names))

    assert [] == [f"{one.case}: {problem}" for one in outcomes for problem in one.problems]
    assert [] == [str(one.case) for one in outcomes if one.missed]
