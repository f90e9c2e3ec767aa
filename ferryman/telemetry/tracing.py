"""Traces in OpenTelemetry's form, only where OTEL_EXPORTER_OTLP_ENDPOINT says where to.

Without it nothing of OpenTelemetry is even imported. All else about it is said with
OpenTelemetry's own variables: OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS….
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from temporalio.contrib.opentelemetry import TracingInterceptor

    from ferryman.digital_river.transport import Seen

_PLACES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Tracing:
    """Makes the spans of one process.

    Temporal's own interceptor carries them through workflows: it writes a workflow's spans when
    they happen and none in a replay.
    """

    def __init__(self, provider: TracerProvider) -> None:
        from temporalio.contrib.opentelemetry import TracingInterceptor  # noqa: PLC0415 - see above

        self._provider = provider
        self._tracer = provider.get_tracer("ferryman")
        self.interceptor: TracingInterceptor = TracingInterceptor(self._tracer)

    @contextmanager
    def request(self, name: str, headers: Mapping[str, str]) -> Iterator[dict[str, str | int]]:
        """Trace a request that came in; what is put into the dict is told at its end.

        It goes on with the caller's trace where the caller has one.
        """
        from opentelemetry.trace import SpanKind  # noqa: PLC0415 - see above
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        # Of all that a caller may send along, only whose trace it is.
        origin = TraceContextTextMapPropagator().extract(headers)
        with self._tracer.start_as_current_span(name, origin, kind=SpanKind.SERVER) as span:
            told: dict[str, str | int] = {}
            yield told
            span.set_attributes(told)

    @contextmanager
    def call(self, name: str, seen: Seen) -> Iterator[None]:
        """Trace a call that goes out."""
        from opentelemetry.trace import SpanKind  # noqa: PLC0415 - see above

        method, _, endpoint = name.partition(" ")
        attributes = {"http.request.method": method, "url.template": endpoint}
        with self._tracer.start_as_current_span(
            name, kind=SpanKind.CLIENT, attributes=attributes
        ) as span:
            try:
                yield
            finally:
                if seen.status is not None:
                    span.set_attribute("http.response.status_code", seen.status)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def tracing(service: str) -> Tracing | None:
    """Begin to trace as this service; None where nobody has said where to."""
    if not any(os.environ.get(place) for place in _PLACES):
        return None
    from .spans import provider  # noqa: PLC0415 - see above

    return Tracing(provider(service))
