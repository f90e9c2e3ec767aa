"""The line ledger: what became of each piece, as a bar that is always whole."""

from dataclasses import astuple

from hypothesis import given
from hypothesis import strategies as st

from shop.ledger import BAR, ledger_of
from tests.shop.purchase.made import a_line, a_purchase

COUNTS = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)).filter(any)


@given(COUNTS)
def test_bar_is_whole(counts):
    """Its parts follow each other without a gap, and end where it ends."""
    fulfilled, cancelled, left = counts
    line = a_line(quantity=sum(counts), fulfilled=fulfilled, cancelled=cancelled)
    (shown,) = ledger_of(a_purchase("p", items=(line,)))
    ends = [0.0, *(part.start + part.length for part in shown.bar)]

    assert len([each for each in (fulfilled, cancelled, left) if each]) == len(shown.bar)
    assert all(abs(part.start - end) < 0.02 for part, end in zip(shown.bar, ends[:-1], strict=True))
    assert abs(BAR - ends[-1]) < 0.02


def test_parts_are_in_proportion():
    """A quarter shipped, a quarter cancelled, half of it open."""
    line = a_line(quantity=4, fulfilled=1, cancelled=1)
    (shown,) = ledger_of(a_purchase("p", items=(line,)))

    assert [("fulfilled", 0, 25), ("cancelled", 25, 25), ("open", 50, 50)] == [
        astuple(part) for part in shown.bar
    ]


def test_lines_without_a_price():
    """Before there is a checkout the lines are there all the same."""
    (shown,) = ledger_of(a_purchase("p", checkout=None))

    assert shown.price is None
