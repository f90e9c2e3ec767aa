"""The commands behind `make up` and `make demo`: `python -m demo --help`."""

from pathlib import Path

import typer
from rich.console import Console

from .failures import DemoError
from .until_signal import run_until_signal
from .up import up as keep_up

_INTERRUPTED = 130
_WIDE = 130

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def up() -> None:
    """Run the whole system in the foreground until Ctrl-C; state stays in .data."""
    console = _console()
    try:
        run_until_signal(keep_up(console, Path.cwd()))
    except DemoError as error:
        console.print(f"\n{error}", style="red", markup=False)
        raise typer.Exit(1) from error
    console.print("stopped")


def _console() -> Console:
    """Make a console that does not fold its tables where there is no terminal to fit."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


if __name__ == "__main__":
    app()
