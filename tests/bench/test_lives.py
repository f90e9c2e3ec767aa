"""What is usual among lives."""

from bench.counting import Count
from bench.lives import Life, Usual, usual


def test_medians_are_taken_of_each_kind():
    """A rare event is no part of a usual life, and of an even number the lower one is told."""
    lives = [
        Life(Count({"A": 3, "B": 1}, {"start": 1}), 1_000, 7),
        Life(Count({"A": 5}, {"start": 1, "timer": 2}), 3_000, 9),
        Life(Count({"A": 4}, {"start": 1, "timer": 1}), 2_000, 8),
        Life(Count({"A": 9}, {"start": 1, "timer": 1}), 9_000, 12),
    ]

    expected = Usual(
        events=4,
        actions=2,
        octets=2_000,
        transitions=8,
        events_by_type={"A": 4},
        actions_by_kind={"start": 1, "timer": 1},
    )
    assert expected == usual(lives)
