"""The worker's command line."""

import asyncio

import typer

from ferryman.logs import configure
from ferryman.settings import settings_or_exit

from .process import run

app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def main() -> None:
    """Run a worker, configured by the environment (see README), until SIGTERM or Ctrl-C."""
    settings = settings_or_exit()
    configure(settings.process.log_level, settings.process.log_format)
    raise SystemExit(asyncio.run(run(settings)))
