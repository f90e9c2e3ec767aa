"""Both ledgers as one table: a purchase has a line of ours and, below it, the sandbox's."""

from collections.abc import Sequence
from decimal import Decimal

from rich import box
from rich.table import Table

from ferryman.money import quantize

from .ledger import Account, Row

_NUMBERS = ("orders", "shipped", "cancelled", "captured", "released")


def ledgers(rows: Sequence[Row]) -> Table:
    """Set out the rows; the last column says equal, or what differs.

    `orders` counts the ones in force among all; `released` is the money that a cancel gave back.
    """
    table = Table(title="Both ledgers", box=box.HORIZONTALS)
    for heading in ("purchase", "ledger", "state"):
        # Where the terminal is narrow, words fold and figures stay whole.
        table.add_column(heading, overflow="fold")
    for heading in _NUMBERS:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    table.add_column("verdict", overflow="fold")
    for row in rows:
        table.add_row(row.purchase_id, "ours", *_cells(row.ours, row.currency), _verdict(row))
        table.add_row("", "sandbox", *_cells(row.theirs, row.currency), end_section=True)
    return table


def _cells(account: Account, currency: str | None) -> tuple[str, ...]:
    pieces = account.pieces
    counts = (account.orders, str(pieces.shipped), str(pieces.cancelled))
    amounts = (_money(amount, currency) for amount in (account.captured, account.cancelled))
    return (account.state, *counts, *amounts, currency or "")


def _money(amount: Decimal, currency: str | None) -> str:
    return str(amount) if currency is None else str(quantize(amount, currency))


def _verdict(row: Row) -> str:
    return f"[red]{'; '.join(row.differences)}" if row.differences else "[green]equal"
