"""All figures as one table."""

from collections.abc import Iterable

from rich import box
from rich.table import Table

from .figure import Figure

_OK = {True: "[green]ok", False: "[red]no", None: ""}
_LARGE = 100


def table(figures: Iterable[Figure]) -> Table:
    """Set out the figures; only the limits of what was measured of us are judged."""
    shown = Table(title="What an order costs", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("figure", overflow="fold")
    for heading in ("measured", "plain way", "bare", "floor", "limit"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("")
    for figure in figures:
        numbers = (figure.measured, figure.plain, figure.bare, figure.floor, figure.limit)
        shown.add_row(figure.name, *map(_number, numbers), _OK[figure.ok])
    return shown


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if float(value).is_integer() or abs(value) >= _LARGE:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"
