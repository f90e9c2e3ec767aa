"""The commands behind `make up` and `make demo`: `python -m demo --help`."""

from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from .failures import DemoError
from .stories import STORIES, name_of
from .tell import tell
from .until_signal import run_until_signal
from .up import up as keep_up

_INTERRUPTED = 130
_WIDE = 120
_Result = TypeVar("_Result")

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def up() -> None:
    """Run the whole system in the foreground until Ctrl-C; its state stays in .data."""
    console = _console()
    _run(console, keep_up(console, Path.cwd()))
    console.print("stopped")


@app.command()
def stories(
    only: Annotated[list[str] | None, typer.Option(help="A story's name; may be repeated.")] = None,
    *,
    keep: Annotated[bool, typer.Option(help="Keep the system running at the end.")] = False,
) -> None:
    """Play the demo stories on a fresh system and compare both ledgers; 1 where they differ."""
    by_name = {name_of(story): story for story in STORIES}
    unknown = set(only or ()) - set(by_name)
    if unknown:
        raise typer.BadParameter(f"no such story: {unknown}; there are {', '.join(by_name)}")
    console = _console()
    chosen = [by_name[name] for name in only or by_name]
    went_well = _run(console, tell(console, chosen, keep=keep))
    raise typer.Exit({True: 0, False: 1, None: _INTERRUPTED}[went_well])


@app.command()
def pictures(
    folder: Annotated[Path, typer.Option(help="Where they go.")] = Path("docs/images"),
    only: Annotated[list[str] | None, typer.Option(help="A picture's name; repeatable.")] = None,
) -> None:
    """Photograph the Web UI and the shop for the documents, on a fresh system; needs Chromium."""
    # The browser's library comes with the tests, and the other commands do without.
    from .pictures.album import PICTURES  # noqa: PLC0415
    from .pictures.take import take  # noqa: PLC0415
    from .pictures.window import VIEWS  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    console = _console()
    chosen = [picture for picture in PICTURES if picture.name in (only or [picture.name])]
    views = [view for view in VIEWS if view.name in (only or [view.name])]
    _run(console, take(console, folder, chosen, views))


def _run(console: Console, command: Coroutine[Any, Any, _Result]) -> _Result | None:
    """Run to the end or to a signal; a failure of the system is told in words."""
    try:
        return run_until_signal(command)
    except DemoError as error:
        console.print(f"\n{error}", style="red", markup=False)
        raise typer.Exit(1) from error


def _console() -> Console:
    """Make a console that does not fold its tables where there is no terminal to fit."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)


if __name__ == "__main__":
    app()
