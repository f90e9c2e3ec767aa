"""How much is measured: all of it, or as little as shows that the measuring works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Numbers of a run; seconds where it says so."""

    rounds: int
    empty: int
    """Empty workflows in a round."""
    orders: int
    """Orders in a round, and in the rounds with open purchases beside them."""
    at_once: int
    saturated: int
    """Orders with which the rate at saturation is measured."""
    steady_seconds: float
    webhook_seconds: float
    few: int
    """Open purchases."""
    many: int
    moved: int
    """Open purchases that have to move again after a crash."""


FULL = Scale(
    rounds=4,
    empty=48,
    orders=16,
    at_once=16,
    saturated=48,
    steady_seconds=30,
    webhook_seconds=20,
    few=100,
    many=1_000,
    moved=200,
)
QUICK = Scale(
    rounds=2,
    empty=20,
    orders=8,
    at_once=8,
    saturated=16,
    steady_seconds=5,
    webhook_seconds=4,
    few=20,
    many=200,
    moved=20,
)
