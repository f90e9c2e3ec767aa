"""The usual and the rare among measured times."""

from collections.abc import Sequence
from statistics import median, quantiles


def p50(values: Sequence[float]) -> float:
    """Give the median."""
    return median(values)


def p99(values: Sequence[float]) -> float:
    """Give what one in a hundred exceeds, interpolated; of less than two values the only one."""
    if len(values) < 2:  # noqa: PLR2004 - between two there is something to interpolate
        return values[0]
    return quantiles(values, n=100, method="inclusive")[98]
