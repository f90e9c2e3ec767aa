"""The command behind `make bench`: `python -m bench --help`."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console

from demo.failures import DemoError
from demo.until_signal import run_until_signal
from ferryman.logs import configure

from .figure import Figure, broken
from .run import run
from .scale import FULL, QUICK
from .table import table

_INTERRUPTED = 130
_WIDE = 120

app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def bench(
    *,
    quick: Annotated[bool, typer.Option(help="Only show that it measures, in a minute.")] = False,
    strict: Annotated[bool, typer.Option(help="Times and memory count for the exit, too.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures there, too.")
    ] = None,
) -> None:
    """Measure what an order costs on a fresh system; 1 where a count is over its limit.

    Counts are exact. Times come from this machine, whatever else it does: read them as ratios.
    """
    configure("warning", "console")
    console = _console()
    figures = _measured(console, quick=quick)
    console.print(table(figures))
    if json_file is not None:
        json_file.write_text(as_json(figures))
    over = broken(figures, strict=strict)
    for figure in over:
        console.print(f"over its limit: {figure.name.strip()}", style="red", markup=False)
    raise typer.Exit(1 if over else 0)


def _measured(console: Console, *, quick: bool) -> list[Figure]:
    data, began = Path(tempfile.mkdtemp(prefix="ferryman-bench-")), monotonic()
    console.print(f"Logs of this run: {data / 'logs'}")

    def tell(sentence: str) -> None:
        console.print(f"{monotonic() - began:5.0f} s  {sentence}", markup=False, soft_wrap=True)

    try:
        figures = run_until_signal(run(data, QUICK if quick else FULL, tell))
    except DemoError as error:
        console.print(f"\n{error}", style="red", markup=False)
        raise typer.Exit(1) from error
    rmtree(data)
    if figures is None:
        raise typer.Exit(_INTERRUPTED)
    tell("done")
    return figures


def as_json(figures: Sequence[Figure]) -> str:
    """Write the figures with their verdicts, for whoever compares runs."""
    return json.dumps([asdict(figure) | {"ok": figure.ok} for figure in figures], indent=2) + "\n"


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


if __name__ == "__main__":
    app()
