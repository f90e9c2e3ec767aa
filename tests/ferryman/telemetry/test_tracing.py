import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from ferryman.digital_river.transport import Seen
from ferryman.telemetry.spans import Discreet
from ferryman.telemetry.telemetry import Telemetry
from ferryman.telemetry.tracing import Tracing, tracing
from tests.running.command import ran

CALLERS = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = {"traceparent": f"00-{CALLERS}-b7ad6b7169203331-01", "baggage": "name=erika"}


@pytest.fixture
def kept() -> InMemorySpanExporter:
    """Where spans go in this test."""
    return InMemorySpanExporter()


@pytest.fixture
def traced(kept: InMemorySpanExporter) -> Tracing:
    """Tracing as in production but for where the spans go."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Discreet(kept)))
    return Tracing(provider)


def test_off_unless_told(monkeypatch):
    """Without an endpoint there is no tracing and no interceptor of it."""
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)
    told = Telemetry.of("ferryman-test", counted=False)

    assert tracing("ferryman-test") is None
    assert ["Correlation", "Promptness", "Steps"] == [type(i).__name__ for i in told.interceptors]


async def test_off_costs_nothing(tmp_path):
    """Without an endpoint neither process even imports OpenTelemetry."""
    script = (
        "import sys; import api.server, workers.process;"
        "from ferryman.telemetry.telemetry import Telemetry; Telemetry.of('x', counted=False);"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = await ran(tmp_path, "-c", script)

    assert (0, "[]") == (done.code, done.out.strip())


def test_errors_keep_their_words(traced: Tracing, kept: InMemorySpanExporter):
    """A span says that it failed, not what the error said: that may name persons."""
    with pytest.raises(ValueError, match="Erika"), traced.request("POST /purchases", {}):
        int("Erika Beispiel")

    (span,) = kept.get_finished_spans()
    assert StatusCode.ERROR is span.status.status_code
    assert "Erika" not in span.to_json()
    assert () == tuple(span.events)


def test_the_callers_trace_goes_on(traced: Tracing, kept: InMemorySpanExporter):
    """A shop that traces finds our part in its own trace; nothing else of its context is taken."""
    with traced.request("POST /purchases", TRACEPARENT) as told:
        told["http.response.status_code"] = 201
        with traced.call("POST /orders", Seen(status=409)):
            pass

    inner, outer = kept.get_finished_spans()
    assert {int(CALLERS, 16)} == {inner.context.trace_id, outer.context.trace_id}
    assert inner.parent is not None
    assert outer.context.span_id == inner.parent.span_id
    assert {"http.response.status_code": 201} == dict(outer.attributes or {})
    assert {
        "http.request.method": "POST",
        "url.template": "/orders",
        "http.response.status_code": 409,
    } == dict(inner.attributes or {})
    assert "erika" not in outer.to_json() + inner.to_json()
