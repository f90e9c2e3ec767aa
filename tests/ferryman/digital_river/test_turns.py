"""Every call takes its turn, and what it ended in is told to all callers."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from aiohttp import web

from ferryman.digital_river.errors import Ambiguous, DigitalRiverError, NotNow, Unavailable


async def test_hold(client, provider, pace):
    """A 429 holds all callers for as long as it says, and is not repeated here."""
    provider.will(429, headers={"Retry-After": "120"})

    with pytest.raises(Unavailable) as refused:
        await client.create_order("c1")

    assert timedelta(seconds=120) == refused.value.retry_after
    assert [timedelta(seconds=120)] == pace.holds
    assert len(provider.requests) == 1


@pytest.mark.parametrize("value", ["soon", "-5", ""])
async def test_hold_untold(client, provider, pace, value):
    """A 429 that does not say how long holds for a second."""
    provider.will(429, headers={"Retry-After": value})

    with pytest.raises(Unavailable) as refused:
        await client.get_order("o1")

    assert refused.value.retry_after is None
    assert [timedelta(seconds=1)] == pace.holds


async def test_asked_by_503(client, provider, pace):
    """A 503 that says how long holds all callers too, and is an outage besides."""
    provider.will(503, headers={"Retry-After": "7"})

    with pytest.raises(Ambiguous) as refused:
        await client.create_order("c1")

    assert ([timedelta(seconds=7)], ["failed"]) == (pace.holds, pace.told)
    assert timedelta(seconds=7) == refused.value.retry_after


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_only_503_asks(client, provider, pace, status):
    """What another broken answer says about one call holds nobody else."""
    provider.will(status, headers={"Retry-After": "7"})

    with pytest.raises(Unavailable):
        await client.get_order("o1")

    assert [] == pace.holds


@pytest.mark.parametrize("status", [200, 201, 301, 400, 401, 403, 404, 408, 409, 422, 429, 501])
async def test_answered(client, provider, pace, status):
    """Every answer of Digital River's own shows that it is there, refusals included."""
    provider.will(status, b"{}")

    with suppress(DigitalRiverError):
        await client.get_order("o1")

    assert ["answered"] == pace.told


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
async def test_broken(client, provider, pace, status):
    """A server that is broken is away."""
    provider.will(status)

    with pytest.raises(Ambiguous):
        await client.create_order("c1")

    assert ["failed"] == pace.told


async def test_silent(connect, provider, pace):
    """A server that does not answer, hangs up or is not there is away."""
    heard = asyncio.Event()

    async def hang_up(request):
        request.transport.abort()
        return web.Response()

    async def hang(_):
        await heard.wait()
        return web.Response()

    with pytest.raises(Unavailable):
        await connect("http://127.0.0.1:1").get_order("o1")
    for provider.answer in (hang_up, hang):
        with pytest.raises(Ambiguous):
            await connect(provider.url, timeout_seconds=0.2).create_order("c1")
    heard.set()

    assert ["failed"] * 3 == pace.told


async def test_wait_of_a_closed_gate(client, provider, pace):
    """Who met the outage that closes the gate learns when to come back."""
    provider.will(500)
    pace.wait = timedelta(seconds=4)

    with pytest.raises(Ambiguous) as refused:
        await client.create_order("c1")

    assert pace.wait == refused.value.retry_after


async def test_not_now(client, provider, pace):
    """Without a turn nothing is sent, and a change is not in doubt."""

    async def none():
        raise NotNow(retry_after=timedelta(seconds=3), cause="away")

    pace.take = none

    with pytest.raises(Unavailable):
        await client.create_order("c1")

    assert ([], []) == (provider.requests, pace.told)


@pytest.mark.parametrize("call", ["get_order", "delete_checkout"])
async def test_one_request(client, provider, call):
    """A connection that is lost is not tried again behind the caller's back."""

    async def hang_up(request):
        request.transport.abort()
        return web.Response()

    provider.answer = hang_up

    with pytest.raises(DigitalRiverError):
        await getattr(client, call)("1")

    assert 1 == len(provider.requests)
