"""`make mutants`: plant each known mistake and see which fault layer catches it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from .catalogue import MUTANTS
from .mutant import Mutant
from .trial import Verdict, attempt

_ROOT = Path(__file__).parent.parent.parent
_WIDE = 140

app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def main(
    names: Annotated[list[str] | None, typer.Argument(help="Only these; all without.")] = None,
) -> None:
    """Plant each known mistake in a copy of the project; 1 where a layer lets one through."""
    by_name = {mutant.name: mutant for mutant in MUTANTS}
    if unknown := set(names or ()) - set(by_name):
        raise typer.BadParameter(f"no such mutant: {unknown}; there are {', '.join(by_name)}")
    console = Console(highlight=False, width=None if Console().is_terminal else _WIDE)
    verdicts = asyncio.run(_try(console, [by_name[name] for name in names or by_name]))
    console.print(_table(verdicts))
    caught = sum(verdict.caught_by is not None for verdict in verdicts)
    console.print(f"{caught} of {len(verdicts)} mutants caught")
    raise typer.Exit(caught != len(verdicts))


async def _try(console: Console, mutants: Sequence[Mutant]) -> list[Verdict]:
    verdicts = []
    for number, mutant in enumerate(mutants, start=1):
        console.print(f"{number}/{len(mutants)}  {mutant.name}: {mutant.mistake}", markup=False)
        verdict = await attempt(mutant, _ROOT)
        verdicts.append(verdict)
        layer = verdict.caught_by
        outcome = f"caught by {layer.name}" if layer else f"NOT CAUGHT\n{verdict.evidence}"
        console.print(f"      {outcome} after {verdict.seconds:.0f} s", markup=False)
    return verdicts


def _table(verdicts: Sequence[Verdict]) -> Table:
    table = Table(title="Mutants", box=box.SIMPLE_HEAD)
    for heading in ("mutant", "caught by", "evidence"):
        table.add_column(heading, overflow="fold")
    table.add_column("seconds", justify="right")
    for verdict in verdicts:
        layer = verdict.caught_by
        table.add_row(
            verdict.mutant.name,
            layer.name if layer else "[red]nobody[/red]",
            verdict.evidence if layer else "",
            f"{verdict.seconds:.0f}",
        )
    return table


if __name__ == "__main__":
    app()
