"""What a person may ask of Ferryman beside its processes: `python -m ferryman --help`."""

from pathlib import Path
from typing import Annotated

import typer

from ferryman.catalogue.command import sync_skus
from ferryman.catalogue.rows import Format, UnreadableCatalogue, format_of
from ferryman.settings import settings_or_exit

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def ferryman() -> None:
    """Carry out single tasks, configured by the environment as the processes are."""


@app.command("sync-skus")
def sync_skus_command(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="The catalogue, one product a row."
        ),
    ],
    *,
    written: Annotated[
        Format | None, typer.Option("--format", help="Where the file's name does not tell it.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Compare only; send nothing.")] = False,
) -> None:
    """Bring Digital River's SKUs up to a catalogue, sending only what differs.

    Ends with 0; 1 where rows were refused; 2 where file or settings cannot be used; 3 where
    Digital River let nothing pass. It may be run again at any time.
    """
    try:
        chosen = written or format_of(file)
    except UnreadableCatalogue as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from error
    raise typer.Exit(sync_skus(file, chosen, settings_or_exit(), dry_run=dry_run))


if __name__ == "__main__":
    app()
