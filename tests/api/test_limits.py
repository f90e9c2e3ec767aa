import asyncio
from pathlib import Path

import pytest
from temporalio.client import Client

from api.errors import Problem
from api.limits import Limits
from ferryman.records import Records
from ferryman.setting_types import Scope
from ferryman.settings import ApiSettings
from tests.api.door import Door, Wanted, opened, settings
from tests.api.events import an_event


class Watch:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time that it stands at."""
        return self.now


def _ask(limits: Limits, name: str, times: int) -> list[str | None]:
    """Ask so many times, one after the other; what each was told to wait."""
    told: list[str | None] = []
    for _ in range(times):
        try:
            with limits.room_for(name):
                told.append(None)
        except Problem as problem:
            told.append(problem.headers["Retry-After"])
    return told


def test_burst_and_pace():
    """A key may burst for two seconds' worth, and then as many times a second as is allowed."""
    watch = Watch()
    limits = Limits(10, 100, watch)

    burst = _ask(limits, "one", 25)
    watch.now += 0.5
    later = _ask(limits, "one", 10)

    assert [None] * 20 + ["1"] * 5 == burst
    assert [None] * 5 + ["1"] * 5 == later


def test_bucket_is_never_fuller_than_full():
    """Who was away for a day has no more than one burst."""
    watch = Watch()
    limits = Limits(10, 100, watch)
    _ask(limits, "one", 1)
    watch.now += 86_400

    assert 20 == _ask(limits, "one", 30).count(None)


def test_each_key_has_its_own():
    """One that asks too often costs the others nothing."""
    limits = Limits(10, 100, Watch())
    _ask(limits, "noisy", 100)

    assert [None] * 20 == _ask(limits, "quiet", 20)


def test_room():
    """One key fills four fifths of the room, others the rest, and who leaves makes room."""
    limits = Limits(1_000, 5, Watch())
    inside = [limits.room_for("noisy") for _ in range(4)]
    for room in inside:
        room.__enter__()

    assert ["1"] == _ask(limits, "noisy", 1)
    with limits.room_for("quiet"):
        assert ["1"] == _ask(limits, "quiet", 1)
    inside[0].__exit__(None, None, None)

    assert [None] == _ask(limits, "noisy", 1)


def test_room_after_a_failure():
    """What fails inside leaves its place all the same."""
    limits = Limits(1_000, 1, Watch())
    for _ in range(5):
        with pytest.raises(KeyError), limits.room_for("one"):
            raise KeyError

    assert [None] == _ask(limits, "one", 1)


async def test_at_the_door(records: Records, client: Client, tmp_path: Path):
    """Too many are told so and when to come again; other keys, webhooks and probes go on."""
    told = settings(Wanted(), tmp_path / "x.db")
    few = ApiSettings(keys=told.api.keys, rate_limit=5)
    limited = type(told)(**{**told.__dict__, "api": few})
    async with opened(limited, client, records) as door:
        replies = await asyncio.gather(*(door.get("/purchases") for _ in range(30)))
        other = await door.get("/purchases", scope=Scope.OPERATOR)
        probes = [await door.get("/healthz", scope=None) for _ in range(30)]
        events = [await door.webhook(an_event("sku.created")) for _ in range(30)]

    refused = [reply for reply in replies if reply.status != 200]
    assert 10 <= len(replies) - len(refused) <= 12
    assert {(429, "too-many-requests", "1")} == {
        (reply.status, reply.problem, reply.headers["Retry-After"]) for reply in refused
    }
    assert 200 == other.status
    assert {200} == {reply.status for reply in probes}
    assert {202} == {reply.status for reply in events}


async def test_unknown_keys_spend_nothing(door: Door):
    """Who shows no key is told that, however often, and takes nothing from who does."""
    replies = [await door.get("/purchases", scope=None) for _ in range(50)]

    assert {401} == {reply.status for reply in replies}
    assert 200 == (await door.get("/purchases")).status


async def test_is_announced(door: Door):
    """The document says of each route that needs a key that it may be asked too often."""
    paths = (await door.get("/openapi.json", scope=None)).json["paths"]
    guarded = [
        operation
        for methods in paths.values()
        for operation in methods.values()
        if operation["security"] == [{"key": []}]
    ]

    assert len(guarded) >= 15
    assert all("Retry-After" in each["responses"]["429"]["headers"] for each in guarded)
