"""Keeps the sandbox's state in a file, so that a restart forgets nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from pydantic import ValidationError

from .delivery import Delivery
from .faults import Fault
from .state import read_state, write_state
from .world import World, log

_PAUSE = 0.5
"""Seconds between a change and its being saved, in which further changes gather."""
_MODE = 0o600


class StateError(Exception):
    """The state cannot be read or kept; the message is one line that names the file."""


class Keeper:
    """Loads the state at the start, saves it after changes and at the end."""

    def __init__(self, path: Path, world: World, delivery: Delivery, faults: list[Fault]) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.new")
        self._world = world
        self._delivery = delivery
        self._faults = faults

    def load(self) -> None:
        """Take up what was saved, if anything was; raises StateError."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists():
                read_state(self._path.read_bytes(), self._world, self._delivery, self._faults)
            self._draft.touch(_MODE)  # what cannot be saved is better known now than later
        except OSError as error:
            raise StateError(f"{self._path}: {error.strerror}") from error
        except (ValueError, ArithmeticError, KeyError, TypeError, RecursionError) as error:
            raise StateError(
                f"{self._path} does not hold the sandbox's state ({_reason(error)}); "
                "move it away to start afresh"
            ) from error

    async def keep(self, _: web.Application) -> AsyncIterator[None]:
        """Save while the application runs, and once more when all else has stopped."""
        self._save()  # or a second kill would give out again the ids that this start has skipped to
        saving = asyncio.create_task(self._save_changes())
        yield
        saving.cancel()
        await asyncio.gather(saving, return_exceptions=True)
        self._save()

    async def _save_changes(self) -> None:
        while True:
            await self._world.changed.wait()
            await asyncio.sleep(_PAUSE)
            self._world.changed.clear()
            self._save()

    def _save(self) -> None:
        """Replace the file at once: whoever kills the process leaves the old one or the new."""
        try:
            content = write_state(self._world, self._delivery, self._faults)
            self._draft.unlink(missing_ok=True)  # one that was left behind keeps its mode
            self._draft.touch(_MODE)
            self._draft.write_bytes(content)
            self._draft.replace(self._path)
        except (OSError, TypeError, ValueError) as error:
            log.error("state not saved", path=str(self._path), error=str(error))
            self._world.changed.set()


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
