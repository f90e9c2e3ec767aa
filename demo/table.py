"""Both ledgers as one table: a purchase has a line of ours and, below it, the sandbox's."""

from collections.abc import Sequence

from rich.table import Table

from .ledger import Account, Row

_RIGHT = ("shipped", "cancelled", "captured", "cancelled amount")


def ledgers(rows: Sequence[Row]) -> Table:
    """Set out the rows; the last column says equal, or what differs."""
    table = Table(title="Both ledgers", show_lines=True)
    for heading in ("purchase", "ledger", "state"):
        table.add_column(heading, overflow="fold")
    for heading in _RIGHT:
        table.add_column(heading, justify="right")
    table.add_column("verdict", overflow="fold")
    for row in rows:
        table.add_row(row.purchase_id, "ours\nsandbox", *_pairs(row), _verdict(row))
    return table


def _pairs(row: Row) -> list[str]:
    sides = zip(_cells(row.ours), _cells(row.theirs), strict=True)
    return [f"{ours}\n{theirs}" for ours, theirs in sides]


def _cells(account: Account) -> tuple[str, ...]:
    pieces = account.pieces
    amounts = (account.captured, account.cancelled)
    return (account.state, str(pieces.shipped), str(pieces.cancelled), *map(str, amounts))


def _verdict(row: Row) -> str:
    return f"[red]{'; '.join(row.differences)}" if row.differences else "[green]equal"
