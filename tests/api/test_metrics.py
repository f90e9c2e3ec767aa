import asyncio
import uuid
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request, unused_port
from prometheus_client.parser import text_string_to_metric_families
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from api.metrics import Metrics
from ferryman.records import Records
from ferryman.setting_types import Scope
from tests.api.door import Door, Wanted, opened, request, settings

OPENING = "/purchases"


async def _figure(door: Door, name: str, **labels: str) -> float:
    text = (await door.get("/metrics", scope=None)).body.decode()
    return _read(text, name, **labels)


def _read(text: str, name: str, **labels: str) -> float:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return 0.0


async def _judged(method: str, path: str, status: int, seconds: float) -> dict[str, float]:
    """Let one answer be judged; give what was promised about and whether that was kept."""
    metrics = Metrics()
    app = web.Application()
    app.router.add_route(method, path, _never)
    asked = make_mocked_request(method, path.replace("{id}", "1"), app=app)
    asked._match_info = await app.router.resolve(asked)  # noqa: SLF001 - aiohttp sets it itself
    metrics.answered(asked, web.Response(status=status), seconds)
    text = (await metrics.text()).decode()
    return {
        f"{slo} {met}": value
        for slo in ("webhook", "purchase")
        for met in ("yes", "no")
        if (value := _read(text, "ferryman_slo_requests_total", slo=slo, met=met))
    }


async def _never(request: web.Request) -> web.Response:
    raise AssertionError(request.path)


@pytest.mark.parametrize(
    ("path", "status", "seconds", "expected"),
    [
        (OPENING, 201, 0.9, {"purchase yes": 1}),
        (OPENING, 201, 1.1, {"purchase no": 1}),
        (OPENING, 202, 3.0, {"purchase no": 1}),
        (OPENING, 503, 0.1, {"purchase no": 1}),
        (OPENING, 422, 0.1, {}),
        (OPENING, 429, 0.1, {}),
        ("/webhooks/digital-river", 202, 2.9, {"webhook yes": 1}),
        ("/webhooks/digital-river", 202, 3.1, {"webhook no": 1}),
        ("/webhooks/digital-river", 503, 0.1, {"webhook no": 1}),
        ("/webhooks/digital-river", 401, 0.1, {}),
        ("/purchases/{id}/submit", 503, 0.1, {}),
    ],
)
async def test_promises(path: str, status: int, seconds: float, expected: dict[str, float]):
    """A success in time keeps a promise, all but a wrong request breaks it otherwise."""
    assert expected == await _judged("POST", path, status, seconds)


async def test_replays(door: Door):
    """What is answered as before is counted."""
    key, body = uuid.uuid4().hex, request()
    before = await _figure(door, "ferryman_idempotent_replays_total")
    for _ in range(3):
        reply = await door.open(body, key)

    assert "true" == reply.headers["Idempotent-Replayed"]
    assert 2 == await _figure(door, "ferryman_idempotent_replays_total") - before


async def test_events_by_type(door: Door):
    """Types that mean nothing here are one, whatever somebody calls them."""
    strange = "ferryman_webhook_events_total"
    before = await _figure(door, strange, type="other")
    for kind in ("sku.created", "something.new"):
        event = {"id": uuid.uuid4().hex, "type": kind, "data": {"object": {"id": "1"}}}
        await door.webhook(event)

    assert 2 == await _figure(door, strange, type="other") - before
    text = (await door.get("/metrics", scope=None)).body.decode()
    assert "something.new" not in text


async def test_parts(door: Door):
    """The database and Temporal are said to be there."""
    for part in ("temporal", "database"):
        assert 1 == await _figure(door, "ferryman_part_up", part=part)


async def test_parts_away(records: Records, tmp_path):
    """Without Temporal the figures come within three seconds and say so."""
    address = f"127.0.0.1:{unused_port()}"
    lost = await Client.connect(address, lazy=True)
    async with opened(settings(Wanted(), tmp_path / "x.db"), lost, records) as door:
        async with asyncio.timeout(3):
            text = (await door.get("/metrics", scope=None)).body.decode()

    assert 0 == _read(text, "ferryman_part_up", part="temporal")
    assert 1 == _read(text, "ferryman_part_up", part="database")
    assert "ferryman_purchases{" in text
    assert "ferryman_workflows_stuck{" not in text


async def test_figures_behind_a_key(records: Records, temporal: WorkflowEnvironment, tmp_path):
    """Where a scope is asked for, nobody reads them without a key of it."""
    told = settings(Wanted(), tmp_path / "x.db")
    guarded = replace(told, api=told.api.model_copy(update={"metrics_scope": Scope.WRITE}))
    async with opened(guarded, temporal.client, records) as door:
        answers = [
            (await door.get("/metrics", scope=scope)).status
            for scope in (None, Scope.READ, Scope.WRITE, Scope.OPERATOR)
        ]
        alive = (await door.get("/healthz", scope=None)).status

    assert [401, 403, 200, 200] == answers
    assert 200 == alive
