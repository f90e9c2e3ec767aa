"""What a person may ask of Ferryman beside its processes: `python -m ferryman --help`."""

import asyncio
import getpass
from pathlib import Path
from typing import Annotated

import typer

from ferryman import logs
from ferryman.catalogue.command import sync_skus
from ferryman.catalogue.rows import Format, UnreadableCatalogue, format_of
from ferryman.secrecy import command as secrecy
from ferryman.secrecy.serving import serve_codec
from ferryman.selftest.command import self_test
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
    Digital River let nothing pass or the file was changed. It may be run again at any time.
    """
    try:
        chosen = written or format_of(file)
    except UnreadableCatalogue as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from error
    raise typer.Exit(sync_skus(file, chosen, settings_or_exit(), dry_run=dry_run))


@app.command("codec")
def codec_command() -> None:
    """Show the Web UI and the `temporal` program what encrypted payloads say, until Ctrl-C.

    Reads FERRYMAN_CODEC_HOST, _PORT, _TOKENS and _ORIGINS; each decode leaves a line in the log.
    """
    settings = settings_or_exit()
    level = settings.process.log_level
    # The lines that tell who has read what are no matter of taste.
    logs.configure(level if level == "debug" else "info", settings.process.log_format)
    asyncio.run(serve_codec(settings))


@app.command("erase")
def erase_command(
    purchase: Annotated[str, typer.Argument(help="The purchase's id.")],
    *,
    by: Annotated[str, typer.Option(help="Who has it erased; goes into the timeline.")] = "",
) -> None:
    """Forget who bought: destroy the purchase's data key and scrub its record, for good.

    Takes half a minute. Ends with 0, also where it was erased before; 1 where it cannot be erased
    since it is open or unknown; 3 where Temporal, database or Digital River are away.
    """
    settings = settings_or_exit()
    logs.configure("info", settings.process.log_format)
    raise typer.Exit(secrecy.erase(settings, purchase, by or getpass.getuser()))


@app.command("rewrap-keys")
def rewrap_keys_command() -> None:
    """Wrap all data keys with the first key of FERRYMAN_ENCRYPTION_KEYS, so that others can go."""
    raise typer.Exit(secrecy.rewrap(settings_or_exit()))


@app.command("self-test")
def self_test_command() -> None:
    """Check keys, secrets, webhook endpoint, Temporal, database and clock; say what is wrong.

    Asks Digital River and Temporal, changes nothing, shows no secret. Ends with 0; 1 where
    something is wrong. What cannot be told from here is marked ? and is no failure.
    """
    raise typer.Exit(self_test())


if __name__ == "__main__":
    app()
