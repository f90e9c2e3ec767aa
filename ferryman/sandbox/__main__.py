"""Run the sandbox: `python -m ferryman.sandbox`, configured by `FERRYMAN_SANDBOX_…`."""

import asyncio
import signal

import typer
from aiohttp import web
from pydantic import ValidationError

from . import SandboxSettings, StateError, create_sandbox

_DRAIN = 2.0
# A caller beyond these knocks again after a second, and its call seems to begin only then.
_BACKLOG = 1024

app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def serve() -> None:
    """Serve a stateful Digital River on loopback until told to stop."""
    try:
        settings = SandboxSettings()
    except ValidationError as error:
        wrong = "; ".join(
            f"FERRYMAN_SANDBOX_{str(each['loc'][0]).upper()}: {each['msg']}".replace("\n", " ")
            for each in error.errors(include_input=False)
        )
        typer.echo(f"cannot start: {wrong}", err=True)
        raise typer.Exit(2) from error
    try:
        asyncio.run(_serve(settings))
    except StateError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error


async def _serve(settings: SandboxSettings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    runner = web.AppRunner(create_sandbox(settings), shutdown_timeout=_DRAIN, access_log=None)
    await runner.setup()
    place = web.TCPSite(runner, settings.host, settings.port, backlog=_BACKLOG)
    try:
        await place.start()
    except OSError as error:
        await runner.cleanup()
        typer.echo(f"cannot start: FERRYMAN_SANDBOX_PORT: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"Digital River sandbox on http://{settings.host}:{settings.port}")
    await stopping.wait()
    await runner.cleanup()


if __name__ == "__main__":
    app()
