"""How soon open purchases move again after their worker was killed."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from .failures import MeasurementError
from .paced import by_a_crowd
from .postman import KINDS, Postman
from .shop import Open
from .system import System

_LONGEST_SECONDS: Final = 60.0
_LOOK_EVERY: Final = 0.05
_AT_ONCE: Final = 40


async def recover(system: System, postman: Postman, open_ones: Sequence[Open]) -> float:
    """Kill the worker, start it at once, tell each purchase something that it has to look at.

    Seconds from the new worker's start until the record of the last one shows that it has. Raises
    MeasurementError where that is not within a minute.
    """
    loop, database = asyncio.get_running_loop(), system.place.database
    before = _versions(database)
    await system.kill_worker()
    began = loop.time()
    await system.start_worker()
    await by_a_crowd(_AT_ONCE, (postman.bring(KINDS[-1], each) for each in open_ones))
    still = {each.id for each in open_ones}
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            while still:
                await asyncio.sleep(_LOOK_EVERY)
                now = _versions(database)
                still = {each for each in still if now[each] == before[each]}
    except TimeoutError as error:
        raise MeasurementError(f"{len(still)} purchases did not move after a crash") from error
    return loop.time() - began


def _versions(database: Path) -> Mapping[str, int]:
    """Read how often each purchase's record was written."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return dict(connection.execute("SELECT id, version FROM purchases"))
