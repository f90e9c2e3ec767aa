"""The API and the worker, each of which may leave its post for a while."""

from collections.abc import Callable

from temporalio.client import Client
from temporalio.worker import Worker

from api.app import create_api
from api.connections import Runner, site
from api.signatures import Clock
from ferryman.records import Records
from ferryman.settings import Settings

HOST = "127.0.0.1"


class Door:
    """The API on a port of its own; closed, nobody answers there."""

    def __init__(self, settings: Settings, client: Client, records: Records, clock: Clock) -> None:
        self._made_of = (settings, client, records, clock)
        self._runner: Runner | None = None
        self.port = settings.api.port
        self.url = f"http://{HOST}:{self.port}"

    async def open(self) -> None:
        """Serve."""
        self._runner = Runner(create_api(*self._made_of).app)
        await self._runner.setup()
        await site(self._runner, HOST, self.port).start()

    async def close(self) -> None:
        """Serve no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


class Crew:
    """The worker; while it is away, nobody carries the purchases."""

    def __init__(self, hire: Callable[[], Worker]) -> None:
        self._hire = hire
        self._worker: Worker | None = None

    async def start(self) -> None:
        """Carry purchases."""
        self._worker = self._hire()
        await self._worker.__aenter__()

    async def stop(self) -> None:
        """Finish what is under way, and carry no more."""
        if self._worker is not None:
            await self._worker.shutdown()
            self._worker = None
