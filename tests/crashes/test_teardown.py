"""A worker is really torn down in the middle of a step; another one takes its purchases over."""

import pytest

from tests.crashes.plan import TORN_DOWN

pytestmark = pytest.mark.timeout(900)


async def test_another_worker_takes_over_what_a_dead_one_had_in_hand(run):
    """What the first one knew is gone, and yet all ends as without its death."""
    cases = [case for case in TORN_DOWN if case in run.playing]

    assert "" == await run.problems(cases)
