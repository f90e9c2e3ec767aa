"""The storm that a seed stands for."""

from itertools import combinations

import pytest

from faults.chaos.plan import PROCESSES, WORKERS, draw

SEEDS = range(30)


def test_a_seed_is_one_storm():
    """The same seed does the same again, another something else."""
    assert draw(7, 85) == draw(7, 85) != draw(8, 85)


@pytest.mark.parametrize("seed", SEEDS)
def test_enough_is_done(seed):
    """A storm kills everything in turn, and leaves its beginning and its end to other faults."""
    plan = draw(seed, 85)
    kills = [blow.process for blow in plan.blows if blow.kind == "kill"]

    assert len(kills) >= 18
    assert set(PROCESSES) == set(kills)
    assert all(8 <= blow.at <= 54 for blow in plan.blows)


@pytest.mark.parametrize("seconds", [20, 85])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_process_is_hit_while_it_is_down(seed, seconds):
    """Two blows to one process never overlap, so that each is really felt."""
    blows = draw(seed, seconds).blows
    overlaps = [
        (one, other)
        for one, other in combinations(blows, 2)
        if one.process == other.process and other.at < one.at + one.lasts
    ]

    assert [] == overlaps


@pytest.mark.parametrize("seed", SEEDS)
def test_the_long_outages(seed):
    """For ten seconds there is no worker, for ten no Temporal; every process is asked to end."""
    blows = draw(seed, 85).blows
    long = [blow for blow in blows if blow.lasts >= 10]
    ended = [blow.process for blow in blows if blow.kind == "terminate"]

    assert sorted([*WORKERS, "temporal"]) == sorted(blow.process for blow in long)
    assert len({blow.at for blow in long if blow.process in WORKERS}) == 1
    assert sorted(PROCESSES) == sorted(ended)
