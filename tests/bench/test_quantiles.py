"""The usual and the rare."""

import pytest

from bench.quantiles import p50, p99


def test_of_a_hundred_and_one_the_last_but_one_is_rare():
    """One in a hundred lies above it."""
    values = list(range(101))

    assert (50, 99) == (p50(values), p99(values))


@pytest.mark.parametrize("quantile", [p50, p99])
def test_one_value_is_all_of_them(quantile):
    """A run of a single call has a result too."""
    assert quantile([7.5]) == 7.5
