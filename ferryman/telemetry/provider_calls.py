"""Sees the calls to Digital River: counts them, traces them, and names the request they serve."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
from prometheus_client import Counter, Histogram

from ferryman.digital_river.errors import DigitalRiverError
from ferryman.digital_river.transport import Seen

from .correlation import current
from .tracing import Tracing

HEADER = "X-Request-Id"

calls = Counter(
    "ferryman_provider_calls",
    "Calls to Digital River, by what became of them.",
    ("endpoint", "status", "result"),
)
seconds = Histogram(
    "ferryman_provider_call_seconds",
    "Time until Digital River's answer, without the wait for a turn.",
    ("endpoint",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20),
)


class ProviderCalls:
    """The witness that a worker's client has."""

    def __init__(self, tracing: Tracing | None = None) -> None:
        self._tracing = tracing

    @contextmanager
    def watch(self, method: str, endpoint: str) -> Iterator[Seen]:
        """Watch one call."""
        name = f"{method} {endpoint}"
        seen = Seen(headers=_headers())
        result = "abandoned"
        began = time.monotonic()
        try:
            with self._tracing.call(name, seen) if self._tracing else _untraced():
                yield seen
            result = "ok"
        except DigitalRiverError as error:
            result = _result(error)
            raise
        finally:
            calls.labels(name, str(seen.status or "none"), result).inc()
            seconds.labels(name).observe(time.monotonic() - began)


def _headers() -> Mapping[str, str]:
    request_id = current()
    return {} if request_id is None else {HEADER: request_id}


def _result(error: DigitalRiverError) -> str:
    """One of the leaves of the errors' tree; a certificate that proves nothing is told apart."""
    if isinstance(error.__cause__, aiohttp.ClientSSLError):
        return "untrusted"
    return type(error).__name__.lower()


@contextmanager
def _untraced() -> Iterator[None]:
    yield
