"""Both ledgers as one table: below a purchase stand a line of ours and one of the sandbox's."""

from collections.abc import Sequence
from decimal import Decimal

from rich import box
from rich.table import Table

from ferryman.money import quantize

from .ledger import Account, Row

_NUMBERS = ("orders", "shipped", "cancelled", "captured", "released", "refunded")


def ledgers(rows: Sequence[Row]) -> Table:
    """Set out the rows; a purchase's own line says equal, or what differs.

    `orders` counts the ones in force among all; `released` is the money that a cancel gave back.
    """
    table = Table(title="Both ledgers", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    # Where the terminal is narrow, words fold and figures stay whole.
    table.add_column("purchase, and whether its ledgers are equal", overflow="fold")
    for heading in _NUMBERS:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_row(f"[bold]{row.purchase_id}[/bold]  {_verdict(row)}")
        table.add_row(f"  ours     {row.ours.state}", *_cells(row.ours, row.currency))
        table.add_row(f"  sandbox  {row.theirs.state}", *_cells(row.theirs, row.currency))
    return table


def _cells(account: Account, currency: str | None) -> tuple[str, ...]:
    pieces = account.pieces
    counts = (account.orders, str(pieces.shipped), str(pieces.cancelled))
    amounts = (
        _money(amount, currency)
        for amount in (account.captured, account.cancelled, account.refunded)
    )
    return (*counts, *amounts, currency or "")


def _money(amount: Decimal, currency: str | None) -> str:
    return str(amount) if currency is None else str(quantize(amount, currency))


def _verdict(row: Row) -> str:
    return f"[red]differs: {'; '.join(row.differences)}" if row.differences else "[green]equal"
