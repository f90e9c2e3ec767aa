"""The core of Temporal's SDK: its logs among ours, its figures behind ours.

The core offers Prometheus' text on a port, or every single figure to Python. The port costs nothing
between two scrapes: when our own figures are asked for, those of the core are read and added.
"""

import logging
import socket
from dataclasses import dataclass

import aiohttp
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

_HOST = "127.0.0.1"
_PATIENCE = aiohttp.ClientTimeout(total=1)
_TRIES = 5


@dataclass(frozen=True)
class Core:
    """One core, and where on loopback it serves its figures."""

    runtime: Runtime
    port: int | None = None

    @classmethod
    def begin(cls) -> "Core":
        """Start a core that counts nothing."""
        return cls(Runtime(telemetry=TelemetryConfig(logging=_logs())))

    @classmethod
    def counting(cls) -> "Core":
        """Start a core that counts; RuntimeError or ValueError where it finds no port."""
        for _ in range(_TRIES - 1):
            port = _free_port()
            try:
                return cls(_counting(port), port)
            except (RuntimeError, ValueError):
                # Somebody was quicker.
                continue
        port = _free_port()
        return cls(_counting(port), port)

    async def text(self) -> bytes:
        """Read its figures in Prometheus' text format; nothing where it does not answer."""
        if self.port is None:
            return b""
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE) as http,
                http.get(f"http://{_HOST}:{self.port}/metrics") as answer,
            ):
                return await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            return b""


def _counting(port: int) -> Runtime:
    figures = PrometheusConfig(
        bind_address=f"{_HOST}:{port}",
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    return Runtime(telemetry=TelemetryConfig(logging=_logs(), metrics=figures))


def _logs() -> LoggingConfig:
    return LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporal.core")),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
