"""The command behind `make demo`: a fresh system, all stories on it, both ledgers at the end."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from rich.console import Console

from .board import Board
from .environment import for_stories
from .play import Ending, play, reconcile
from .ports import HOST, Ports
from .stack import FAST_TIMERS, Stack, programs
from .stage import staged
from .stories import Story, name_of
from .table import ledgers


async def tell(console: Console, stories: Sequence[Story], *, keep: bool) -> bool:
    """Play the stories on a system of their own; True where all went well and ledgers agree.

    The system's state and logs are thrown away then, and kept for a look otherwise. `keep` leaves
    the system running at the end until this is cancelled. Raises DemoError where the system does
    not come up or does not stay up.
    """
    data = Path(tempfile.mkdtemp(prefix="ferryman-demo-"))
    console.print(f"Logs of this run: {data / 'logs'}")
    well = False
    try:
        well = await _on_fresh_system(console, stories, data, keep=keep)
    finally:
        if well:
            rmtree(data)
    return well


async def _on_fresh_system(
    console: Console, stories: Sequence[Story], data: Path, *, keep: bool
) -> bool:
    ports = Ports.free()
    processes = programs(ports, data, [FAST_TIMERS])
    stack = Stack(processes, for_stories(ports, data), data, data / "logs")
    async with stack.running(console.print):
        console.print(f"Watch in the Web UI: {_ui(ports)}")
        well = await _tell(console, stories, stack, ports)
        console.print(f"The Web UI: {_ui(ports)}")
        if keep:
            console.print("Everything keeps running until Ctrl-C.")
            with suppress(asyncio.CancelledError):
                raise await stack.death()
        else:
            console.print("It stops now; `make demo KEEP=1` keeps it running.")
    return well


async def _tell(console: Console, stories: Sequence[Story], stack: Stack, ports: Ports) -> bool:
    board = Board(console, [name_of(story) for story in stories])
    async with staged(ports, stack, board.step) as stage:
        with board.shown():
            endings = await play(stories, stage, stack, board)
        rows = await reconcile(endings, stage)
        violations = (await stage.sandbox.get("/_sandbox/ledger")).body["violations"]
    _report_failures(console, endings)
    console.print(ledgers(rows))
    problems = [
        *(f"{ending.story} went wrong" for ending in endings if ending.failure is not None),
        *(f"the ledgers of {row.purchase_id} differ" for row in rows if row.differences),
        *(f"the sandbox broke its own schema: {violation}" for violation in violations),
    ]
    for problem in problems:
        console.print(problem, style="red", markup=False)
    if not problems:
        console.print(f"Both ledgers agree on all {len(rows)} purchases.", style="green")
    return not problems


def _report_failures(console: Console, endings: Sequence[Ending]) -> None:
    for ending in endings:
        if ending.failure is None:
            continue
        console.print(f"\n{ending.story}: {ending.failure}", style="red", markup=False)
        for entry in ending.timeline:
            line = "  {sequence:>3} {time} {kind:<6} {name} {detail}".format_map(entry)
            console.print(line, markup=False, soft_wrap=True)


def _ui(ports: Ports) -> str:
    return f"http://{HOST}:{ports.ui}/namespaces/default/workflows"
