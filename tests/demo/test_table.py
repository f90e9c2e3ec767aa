"""How both ledgers are set out."""

import io
from decimal import Decimal

from rich.console import Console

from demo.ledger import Account, Quantities, Row
from demo.table import ledgers


def printed(row):
    """Print a table of one row; give its lines without the frame's characters."""
    written = io.StringIO()
    Console(file=written, width=140).print(ledgers([row]))
    return [line.split() for line in written.getvalue().splitlines()]


def test_ours_stands_above_the_sandboxs_in_the_currencys_digits():
    """Below a purchase and its verdict, two lines show the same figures in the same form."""
    ours = Account("cancelled (customer)", "1", {"200": Quantities(0, 2)}, Decimal(0), Decimal(62))
    theirs = Account(
        "cancelled", "0 of 1", {"200": Quantities(0, 2)}, Decimal("0.0"), Decimal("62.00")
    )
    lines = printed(Row("p-1", "EUR", ours, theirs, ()))

    money = ["0.00", "62.00", "0.00", "EUR"]
    assert ["p-1", "equal"] in lines
    assert ["ours", "cancelled", "(customer)", "1", "0", "2", *money] in lines
    assert ["sandbox", "cancelled", "0", "of", "1", "0", "2", *money] in lines


def test_the_verdict_names_what_differs():
    """Where the ledgers differ, its line says in what."""
    account = Account("complete", "1", {}, Decimal(0), Decimal(0))
    lines = printed(Row("p-1", None, account, account, ("quantities", "captured amount")))

    assert ["p-1", "differs:", "quantities;", "captured", "amount"] in lines
