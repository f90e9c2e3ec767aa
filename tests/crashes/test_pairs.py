"""Two things go wrong in one life, half of them at a step and at its repeat."""

import pytest

pytestmark = pytest.mark.timeout(900)


async def test_every_pair_of_crashes_ends_as_without_them(run):
    """Same end, same money, same parcels, nobody called, every invariant held."""
    cases = [case for case in run.playing if len(case.faults) > 1]

    assert "" == await run.problems(cases)


async def test_hardly_a_fault_finds_no_crossing(run):
    """A run whose faults never strike would prove nothing."""
    # A look that finds an invoice links it too, unless its event was quicker than the look.
    single = [
        await task
        for case, task in run.playing.items()
        if len(case.faults) == 1 and case.faults[0].crossing.activity != "link_file"
    ]
    missed = [str(one.case) for one in single if one.missed]

    assert single
    assert len(missed) <= len(single) / 20, missed
