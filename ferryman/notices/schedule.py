"""When a notice that was not taken is sent again. Pure but for chance."""

from datetime import timedelta
from random import SystemRandom

GAPS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=20),
)
"""Three days in all, as Standard Webhooks advises; one more early try spares a short outage."""
SHORTENED = 0.8
"""Gaps vary down to this part of themselves, so that what failed together comes apart."""
LONGEST_WISH = timedelta(hours=1)
"""A receiver that asks for more patience than this is asked again all the same."""

_chance = SystemRandom()


def gap(tries: int, wish: timedelta | None = None) -> timedelta | None:
    """How long to wait after so many tries; None where it is given up.

    `wish` is the receiver's Retry-After.
    """
    if tries > len(GAPS):
        return None
    usual = GAPS[tries - 1] * _chance.uniform(SHORTENED, 1)
    return max(usual, min(wish or timedelta(), LONGEST_WISH))
