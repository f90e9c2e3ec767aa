"""Leaves the local system running in the foreground, its state kept between runs."""

from pathlib import Path

from rich.console import Console

from .environment import for_up
from .ports import HOST, Ports
from .stack import Stack, programs

DATA = ".data"


async def up(console: Console, folder: Path) -> None:
    """Run the four processes in `folder` until one of them ends or this is cancelled.

    Raises DemoError where a port is taken, a process does not come up, or one ends by itself.
    """
    ports = Ports.configured()
    ports.check()
    data = folder / DATA
    stack = Stack(programs(ports, data), for_up(ports, data), folder, data / "logs")
    async with stack.running(console.print):
        console.print(_addresses(ports), highlight=False)
        raise await stack.death()


def _addresses(ports: Ports) -> str:
    api, sandbox, ui = (f"http://{HOST}:{port}" for port in (ports.api, ports.sandbox, ports.ui))
    return f"""
  shop            {api}/
  API             {api}          (key: ferryman-development)
  API documents   {api}/docs
  sandbox ledger  {sandbox}/_sandbox/ledger
  Temporal UI     {ui}/namespaces/default/workflows
  worker          http://{HOST}:{ports.worker}/metrics
  logs            {DATA}/logs

Ctrl-C stops it; what it knows stays in {DATA}.
"""
