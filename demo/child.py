"""One supervised process: in a group of its own, logged to a file, stopped in good order."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Literal

import aiohttp

from .failures import ChildDiedError, NotReadyError
from .polling import poll

STOP_SECONDS = 10.0
_READY_SECONDS = 40.0
_LOOK_EVERY = 0.1
_TAIL_LINES = 15
_TAIL_BYTES = 16_384


@dataclass(frozen=True)
class Program:
    """What to run and the address that answers 200 once it is ready."""

    name: str
    command: tuple[str, ...]
    ready_url: str


class Child:
    """A running program of ours; `on_death` hears of an end that we did not ask for."""

    def __init__(
        self,
        program: Program,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        on_death: Callable[[ChildDiedError], None],
    ) -> None:
        self.program = program
        self.log = log
        self._environment = environment
        self._folder = folder
        self._on_death = on_death
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the program, adding to its log; it is not ready yet."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(self._environment),
                cwd=self._folder,
                # Ctrl-C reaches the whole terminal; the order in which these stop is ours.
                start_new_session=True,
            )
        self._process = process
        self._watch = asyncio.create_task(self._report_death(process))

    async def ready(self, session: aiohttp.ClientSession) -> None:
        """Wait until it answers 200.

        Raises NotReadyError after 40 s, ChildDiedError where it ends before; both carry its last
        lines.
        """
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await poll(lambda: self._answers(session), _LOOK_EVERY)
        except TimeoutError as error:
            raise NotReadyError(self.program.name, _READY_SECONDS, self.log, self.tail()) from error

    async def stop(self) -> int | None:
        """Ask it to end, and end it after 10 s; its exit code, None where it had ended before."""
        process = self._forget()
        if process is None or process.returncode is not None:
            return None
        _send(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            _send(process, signal.SIGKILL)
            await process.wait()
        return process.returncode

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        process = self._forget()
        if process is not None and process.returncode is None:
            _send(process, signal.SIGKILL)
            await process.wait()

    def freeze(self) -> None:
        """Let it stand still where it is, as an overloaded host does."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        self._signal(signal.SIGCONT)

    def tail(self) -> list[str]:
        """Read the last lines of its log."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        return lines[-_TAIL_LINES:]

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            _send(self._process, number)

    def _forget(self) -> asyncio.subprocess.Process | None:
        if self._watch is not None:
            self._watch.cancel()
        process, self._process = self._process, None
        return process

    async def _answers(self, session: aiohttp.ClientSession) -> Literal[True] | None:
        if self._process is None or self._process.returncode is not None:
            code = self._process.returncode if self._process else None
            raise ChildDiedError(self.program.name, code or 0, self.log, self.tail())
        try:
            async with session.get(self.program.ready_url) as answer:
                return True if answer.status == HTTPStatus.OK else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def _report_death(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        self._on_death(ChildDiedError(self.program.name, code, self.log, self.tail()))


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Signal the group that this child leads; it may have ended in this very moment."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
