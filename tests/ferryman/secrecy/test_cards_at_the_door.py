"""The API takes no card number, wherever it is put, and repeats none."""

from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from api.app import DECLARED
from tests.api.door import Wanted, opened, request, settings

CARD = "4444222233331111"
SPACED = "4444 2222 3333 1111"
BODIES = sorted(
    {
        (route.method, route.path.replace("{id}", "p1"))
        for route in DECLARED
        if route.method in {"POST", "PUT", "PATCH"}
        and not route.path.startswith("/webhooks")
        # It reads no body at all.
        and not route.path.endswith("/resend")
    }
)


@pytest.fixture
async def door(temporal, records, tmp_path):
    """The API on a socket."""
    told = settings(Wanted(), tmp_path / "unused.db")
    async with opened(told, temporal.client, records) as door:
        yield door


@pytest.mark.parametrize(("method", "path"), BODIES)
async def test_bodies(door, method, path):
    """Every call that takes a body refuses a card number in it, and says where, not which."""
    body = {"reason": f"paid by {SPACED}", "items": [{"metadata": {"n": CARD}}]}
    with capture_logs() as logs:
        reply = await door.send(
            method, path, body, scope="operator", headers={"Idempotency-Key": "k1"}
        )

    assert 422 == reply.status
    assert ["/reason", "/items/0/metadata/n"] == reply.pointers
    assert not [each for each in (CARD, SPACED) if each in f"{logs}{reply.body!r}"]


async def test_keys_of_objects(door):
    """A card number that is a name in the body is not repeated either."""
    reply = await door.open(request(metadata={CARD: "x"}))

    assert (422, ["/metadata"]) == (reply.status, reply.pointers)
    assert CARD.encode() not in reply.body


@pytest.mark.parametrize("number", [CARD, quote(SPACED)])
@pytest.mark.parametrize(
    "path", ["/purchases/{}", "/purchases/p1/refunds/{}", "/purchases?startingAfter={}", "/{}"]
)
async def test_addresses(door, path, number):
    """An address with a card number is refused, and not logged."""
    with capture_logs() as logs:
        reply = await door.get(path.format(number))

    assert 422 == reply.status
    assert [] == [each for each in (number, SPACED) if each in f"{logs}{reply.body!r}"]


async def test_idempotency_key(door):
    """A card number is no key, since keys are kept."""
    reply = await door.open(request(), key=CARD)

    assert 422 == reply.status


async def test_request_id(door):
    """A card number is no request id, since those are logged: the request gets another."""
    with capture_logs() as logs:
        reply = await door.send("GET", "/purchases", headers={"X-Request-Id": CARD})

    assert 200 == reply.status
    assert CARD != reply.headers["X-Request-Id"]
    assert CARD not in str(logs)


async def test_unauthorized(door):
    """Who has no key learns nothing and has nothing repeated."""
    with capture_logs() as logs:
        reply = await door.get(f"/purchases/{CARD}", scope=None)

    assert 401 == reply.status
    assert CARD not in f"{logs}{reply.body!r}"
