"""Run the sandbox: `python -m ferryman.sandbox`, configured by `FERRYMAN_SANDBOX_…`."""

import asyncio
import signal

import typer
from aiohttp import web

from . import SandboxSettings, StateError, create_sandbox

_DRAIN = 2.0

app = typer.Typer(add_completion=False)


@app.command()
def serve() -> None:
    """Serve a stateful Digital River on loopback until told to stop."""
    try:
        asyncio.run(_serve(SandboxSettings()))
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
    await web.TCPSite(runner, settings.host, settings.port).start()
    typer.echo(f"Digital River sandbox on http://{settings.host}:{settings.port}")
    await stopping.wait()
    await runner.cleanup()


if __name__ == "__main__":
    app()
