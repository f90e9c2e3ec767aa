"""One thing goes wrong at one step: the purchase ends as it would have without it."""

import pytest

from tests.crashes.conftest import PLAYED
from tests.crashes.plan import TORN_DOWN

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("life", PLAYED)
async def test_life_without_faults_holds_every_invariant(run, life):
    """The lives are what they are told to be before anything goes wrong."""
    assert [] == run.clean[life].problems


@pytest.mark.parametrize("life", PLAYED)
async def test_every_crash_ends_as_without_it(run, life):
    """Same end, same money, same parcels, nobody called, every invariant held."""
    single = [case for case in run.playing if len(case.faults) == 1 and case not in TORN_DOWN]
    cases = [case for case in single if case.life == life]

    assert "" == await run.problems(cases)
