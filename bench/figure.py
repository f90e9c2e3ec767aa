"""One figure of a run, with what it may be at most."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure, with those of the other ways; an `exact` one is a count: no machine moves it."""

    name: str
    measured: float
    limit: float | None = None
    plain: float | None = None
    bare: float | None = None
    floor: float | None = None
    exact: bool = False

    @property
    def ok(self) -> bool | None:
        """Whether the limit holds; None where there is none."""
        return None if self.limit is None else self.measured <= self.limit


def broken(figures: Sequence[Figure], *, strict: bool) -> list[Figure]:
    """List what is over its limit: counts, and where it is `strict` all the rest too."""
    return [figure for figure in figures if figure.ok is False and (figure.exact or strict)]
