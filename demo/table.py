"""Both ledgers as one table: a purchase has a line of ours and, below it, the sandbox's."""

from collections.abc import Sequence
from decimal import Decimal

from rich.table import Table

from ferryman.money import quantize

from .ledger import Account, Row

_NUMBERS = ("orders", "shipped", "cancelled", "captured", "released")


def ledgers(rows: Sequence[Row]) -> Table:
    """Set out the rows; the last column says equal, or what differs.

    `orders` counts the ones in force among all; `released` is the money that a cancel gave back.
    """
    table = Table(title="Both ledgers")
    for heading in ("purchase", "ledger", "state"):
        table.add_column(heading, no_wrap=True)
    for heading in _NUMBERS:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for row in rows:
        table.add_row(row.purchase_id, "ours", *_cells(row.ours, row.currency), _verdict(row))
        table.add_row("", "sandbox", *_cells(row.theirs, row.currency), end_section=True)
    return table


def _cells(account: Account, currency: str | None) -> tuple[str, ...]:
    pieces = account.pieces
    amounts = (_money(amount, currency) for amount in (account.captured, account.cancelled))
    return (account.state, account.orders, str(pieces.shipped), str(pieces.cancelled), *amounts)


def _money(amount: Decimal, currency: str | None) -> str:
    return str(amount) if currency is None else f"{quantize(amount, currency)} {currency}"


def _verdict(row: Row) -> str:
    return f"[red]{'; '.join(row.differences)}" if row.differences else "[green]equal"
