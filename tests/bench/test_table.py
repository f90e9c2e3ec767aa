"""How the figures look, on paper and in a file."""

import io
import json

import pytest
from rich.console import Console

from bench.__main__ import as_json
from bench.figure import Figure
from bench.table import table


def shown(figure):
    """The cells of a figure's row, as they are printed."""
    written = io.StringIO()
    Console(file=written, width=120).print(table([figure]))
    return written.getvalue().splitlines()[-2].split()


@pytest.mark.parametrize(
    ("measured", "printed"), [(58, "58"), (1234.5, "1,234"), (12.34, "12.3"), (0.456, "0.46")]
)
def test_numbers_are_as_exact_as_they_are_worth(measured, printed):
    """Whole numbers are whole, small ones keep two digits."""
    assert ["x", printed] == shown(Figure("x", measured))


def test_a_row_tells_all_and_judges():
    """Ours, the plain way's, the bare flow's, the floor's, the limit, and that it is passed."""
    figure = Figure("events", 61, limit=60, plain=140, bare=49, floor=5, exact=True)

    assert ["events", "61", "140", "49", "5", "60", "no"] == shown(figure)


def test_the_file_says_the_same():
    """Whoever compares runs reads every figure with its verdict."""
    figure = Figure("events", 61, limit=60, plain=140, bare=49, floor=5, exact=True)

    written = json.loads(as_json([figure]))

    expected = {"name": "events", "measured": 61, "limit": 60}
    others = {"plain": 140, "bare": 49, "floor": 5}
    assert [expected | others | {"exact": True, "ok": False}] == written
