import pytest

from ferryman.records import Records, RecordsUnavailable
from tests.api.door import Door


async def test_ready(door: Door):
    """While all is well both probes are 200, for anyone."""
    replies = [await door.get(path, scope=None) for path in ("/healthz", "/readyz")]

    assert [(reply.status, reply.json) for reply in replies] == [(200, {"status": "ok"})] * 2


async def test_database_away(door: Door, monkeypatch: pytest.MonkeyPatch):
    """Without the database the process is not ready, but alive."""

    async def away(_: Records) -> None:
        raise RecordsUnavailable("away")

    monkeypatch.setattr(Records, "ping", away)
    monkeypatch.setattr(door.api.health, "_until", 0.0)

    ready, alive = await door.get("/readyz"), await door.get("/healthz")
    monkeypatch.setattr(door.api.health, "_until", 0.0)

    assert (ready.status, ready.json["detail"]) == (503, "Away: the database.")
    assert ready.headers["Retry-After"] == "1"
    assert alive.status == 200


async def test_asked_once_a_second(door: Door, monkeypatch: pytest.MonkeyPatch):
    """However often one asks, Temporal and the database are asked once a second."""
    asked: list[int] = []

    async def ping(_: Records) -> None:
        asked.append(1)

    monkeypatch.setattr(Records, "ping", ping)
    monkeypatch.setattr(door.api.health, "_until", 0.0)

    for _ in range(20):
        await door.get("/readyz")

    assert len(asked) == 1


async def test_stopping(door: Door, monkeypatch: pytest.MonkeyPatch):
    """A process that is stopping is not ready."""
    monkeypatch.setattr(door.api.health, "draining", True)

    assert (await door.get("/readyz")).status == 503


async def test_database_away_for_calls(door: Door, monkeypatch: pytest.MonkeyPatch):
    """A call that needs the database is 503 while it is away."""

    async def away(*_: object, **__: object) -> None:
        raise RecordsUnavailable("away: postgresql://ferryman:canary@127.0.0.1")

    monkeypatch.setattr(Records, "get", away)

    reply = await door.get("/purchases/x")

    assert (reply.status, reply.problem) == (503, "unavailable")
    assert reply.headers["Retry-After"]
    assert b"canary" not in reply.body


async def test_metrics(door: Door):
    """Requests are counted by route, so that no path of a client's becomes a label."""
    for _ in range(3):
        await door.get("/purchases/some-id-of-nobody")
        await door.get("/some/path/of/nobody")

    text = (await door.get("/metrics", scope=None)).body.decode()

    assert 'route="/purchases/{id}",status="404"' in text
    assert 'method="any",route="none",status="404"' in text
    assert "of-nobody" not in text
    assert "/of/nobody" not in text
