"""`python -m faults.histories`: live through every state, and keep the histories of this version.

What this version had kept before is replaced; what others have kept stays.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import structlog
from temporalio.client import Client

from faults.travel import opened, temporal_server

from . import after_sale, beside, ended, ordered, unordered
from .keeping import HISTORIES, keep, kept, name_of, version
from .life import Handle, Life

LIVES = {
    **unordered.LIVES,
    **ordered.LIVES,
    **ended.LIVES,
    **after_sale.LIVES,
    **beside.LIVES,
}
_LONGEST = 30.0
_BETWEEN = 0.05
_LAST_BREATH = 0.1
"""The SDK aborts a process that ends right after a call."""


async def live(names: Sequence[str], folder: Path) -> None:
    """Live these lives one after the other and keep what they leave."""
    async with temporal_server() as temporal:
        for name in names:
            began = monotonic()
            events = await _live(temporal, name, LIVES[name], folder)
            sys.stdout.write(f"{name:34} {events:4} events  {monotonic() - began:5.1f} s\n")
    await asyncio.sleep(_LAST_BREATH)


async def _live(temporal: Client, name: str, life: Life, folder: Path) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        async with opened(temporal, Path(scratch)) as world:
            handle = await life(world)
            await _calm(handle)
            history = await handle.fetch_history()
    keep(folder, name, history)
    return len(history.events)


async def _calm(handle: Handle) -> None:
    """Wait until what the record shows already has come into the history as well."""
    async with asyncio.timeout(_LONGEST):
        while await _at_work(handle):  # noqa: ASYNC110 - Temporal has no Event to wait for
            await asyncio.sleep(_BETWEEN)


async def _at_work(handle: Handle) -> bool:
    return (await handle.describe()).raw_description.HasField("pending_workflow_task")


def main() -> None:
    """Keep the histories of all lives, or of those that are named."""
    parser = argparse.ArgumentParser(prog="python -m faults.histories", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="life", help=", ".join(LIVES))
    wanted = parser.parse_args().names or list(LIVES)
    if unknown := set(wanted) - set(LIVES):
        parser.error(f"no such life: {', '.join(sorted(unknown))}")
    # Lives are full of failures that are meant.
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = HISTORIES / version()
    asyncio.run(live(wanted, folder))
    for path in kept(folder):
        if name_of(path) not in LIVES:
            path.unlink()


if __name__ == "__main__":
    main()
