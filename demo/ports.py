"""The five ports of the local system, all on the loopback address."""

import random
import socket
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from pydantic_settings import BaseSettings, SettingsConfigDict

from .failures import PortBusyError, SettingError

HOST = "127.0.0.1"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# `temporal server start-dev` puts its Web UI there too where it is not told otherwise.
_UI_ABOVE_TEMPORAL = 1000
# Ports that kernels hand out by themselves lie above: any connection of anybody could take such a
# one between here and the process that is to listen on it.
_OURS = range(15_000, 32_000)
_BY_CHANCE = random.SystemRandom()


class PortSettings(BaseSettings):
    """The variables that move the ports of `make up`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    ferryman_api_port: int = 8080
    ferryman_sandbox_port: int = 8400
    ferryman_worker_port: int | None = None
    temporal_address: str = f"{HOST}:7233"


@dataclass(frozen=True)
class Ports:
    """Where each process of the local system listens."""

    api: int
    sandbox: int
    temporal: int
    ui: int
    worker: int

    @classmethod
    def configured(cls) -> Self:
        """Read the ports from the environment or `.env`.

        The Web UI stands 1000 above Temporal, as it does by Temporal's own default. Raises
        SettingError where Temporal's address is not one of this machine, for then there is no dev
        server to start.
        """
        settings = PortSettings()
        address = urlsplit(f"//{settings.temporal_address}")
        if address.hostname not in _LOOPBACK or address.port is None:
            raise SettingError(
                f"TEMPORAL_ADDRESS is {settings.temporal_address}: this command starts a dev server"
                " of its own. To use yours, start `python -m workers` and `python -m api`."
            )
        return cls(
            api=settings.ferryman_api_port,
            sandbox=settings.ferryman_sandbox_port,
            temporal=address.port,
            ui=address.port + _UI_ABOVE_TEMPORAL,
            worker=settings.ferryman_worker_port or _free(1)[0],
        )

    @classmethod
    def free(cls) -> Self:
        """Take five ports that nobody listens on now."""
        return cls(*_free(5))

    def check(self) -> None:
        """Raise PortBusyError, naming the variable to change, where somebody listens already."""
        variables = {
            self.temporal: "TEMPORAL_ADDRESS",
            self.ui: "TEMPORAL_ADDRESS (the Web UI's port is Temporal's + 1000)",
            self.sandbox: "FERRYMAN_SANDBOX_PORT",
            self.worker: "FERRYMAN_WORKER_PORT",
            self.api: "FERRYMAN_API_PORT",
        }
        for port, variable in variables.items():
            if _busy(port):
                raise PortBusyError(port, variable)


def _busy(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, or a port whose last connections are still closing would look busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def _free(count: int) -> list[int]:
    with ExitStack() as held:
        return [_hold(held.enter_context(socket.socket())) for _ in range(count)]


def _hold(probe: socket.socket) -> int:
    """Bind the probe to a port of our range that nobody has, and say which."""
    while True:
        port = _BY_CHANCE.choice(_OURS)
        with suppress(OSError):
            probe.bind((HOST, port))
            return port
