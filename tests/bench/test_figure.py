"""When a run has failed."""

import pytest

from bench.figure import Figure, broken

COUNT = Figure("history events", 61, 60, exact=True)
TIME = Figure("webhook p99", 151, 150)
FREE = Figure("orders a second", 20)


@pytest.mark.parametrize(("measured", "ok"), [(59, True), (60, True), (60.5, False)])
def test_a_limit_may_be_reached_and_not_passed(measured, ok):
    """A figure that is just its limit is good."""
    assert ok == Figure("history events", measured, 60).ok


def test_what_has_no_limit_is_not_judged():
    """It is neither good nor bad."""
    assert FREE.ok is None


def test_only_counts_break_a_run():
    """A time is a matter of the machine, so that only a strict run fails for it."""
    figures = [COUNT, TIME, FREE]

    assert [COUNT] == broken(figures, strict=False)
    assert [COUNT, TIME] == broken(figures, strict=True)
