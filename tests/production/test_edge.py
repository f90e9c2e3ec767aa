import asyncio
import os
import re
import shutil

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from yarl import URL

from tests.production.composed import ROOT
from tests.production.edge import MISSING, WHY, edge, serving
from tests.production.running import HEADERS, HOST, api, running, told
from tests.running.command import begun, ended
from tests.running.records import sqlite

pytestmark = [pytest.mark.timeout(60), pytest.mark.skipif(MISSING, reason=WHY)]

CARD = "4111111111111111"
INSIDE = ("metrics", "docs", "openapi.json", "healthz", "readyz")
WRITTEN = (
    "/{0}",
    "/{1}",
    "//{0}",
    "/./{0}",
    "/purchases/../{0}",
    "/purchases/%2e%2e/{0}",
    "/purchases%2F..%2F{0}",
    "/webhooks/digital-river/../../{0}",
    "/{0}?a=/purchases/",
)


def paths():
    """What is not for strangers, written in the ways that a server may read as the same."""
    for name in INSIDE:
        encoded = f"%{ord(name[0]):x}{name[1:]}"
        yield from (way.format(name, encoded) for way in WRITTEN)


@pytest.fixture(scope="module")
async def door(temporal, tmp_path_factory):
    """An API that reaches its database and no Temporal, behind the edge; where, and its log."""
    folder = tmp_path_factory.mktemp("edge")
    port = unused_port()
    module, _, _, own = api(port)
    environment = told(temporal, sqlite(folder), unused_port(), port)
    environment["TEMPORAL_ADDRESS"] = f"{HOST}:{unused_port()}"
    programs = {"api": (module, port, "healthz", own)}
    async with running(programs, environment, folder), edge(folder, [port]) as at:
        await serving(at)
        yield at, folder / "edge.log"


@pytest.fixture(scope="module")
async def nothing_behind(tmp_path_factory):
    """The edge before an API that is not there."""
    async with edge(tmp_path_factory.mktemp("alone"), [unused_port()]) as at:
        await serving(at, 503)
        yield at


async def answered(door, path, **told):
    """Status, headers and the document of one call."""
    timeout = aiohttp.ClientTimeout(total=20)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(URL(f"{door}{path}", encoded=True), **told) as answer,
    ):
        return answer.status, answer.headers, await answer.json(content_type=None)


async def test_records_are_read_while_temporal_is_away(door):
    """Where no API is ready the edge asks those that live, so that nobody is kept from records."""
    ready, _, _ = await answered(door[0], "/purchases", headers=HEADERS)

    assert 200 == ready


@pytest.mark.parametrize("path", [*paths()])
async def test_nothing_but_the_api_is_public(door, path):
    """Metrics, documents and health are not found by strangers, however they are written."""
    status, headers, document = await answered(door[0], path)

    # Behind the prefix of the purchases a path is one of theirs, and wants a key.
    assert status in ({401, 404} if path.startswith("/purchases") else {404})
    assert "application/problem+json" == headers["Content-Type"].split(";")[0]
    assert status == document["status"]


@pytest.mark.parametrize("path", ["/purchases", "/%70urchases?limit=1"])
async def test_the_api_is_public(door, path):
    """What shops call is found as well where they encode more than they have to."""
    status, _, _ = await answered(door[0], path, headers=HEADERS)

    assert 200 == status


async def test_the_edge_says_in_the_api_s_form_when_to_come_again(nothing_behind):
    """With no API at all there is a problem document, and a time to try again."""
    status, headers, document = await answered(nothing_behind, "/purchases")

    assert 503 == status
    assert "application/problem+json" == headers["Content-Type"]
    assert int(headers["Retry-After"]) > 0
    assert ("urn:ferryman:problem:unavailable", 503) == (document["type"], document["status"])


async def test_the_edge_writes_no_path_down(door):
    """A card's number in a path, a query or a method's place is not in the edge's log."""
    at, log = door
    known = log.stat().st_size
    await answered(at, f"/purchases/{CARD}?upstreamId={CARD}", headers=HEADERS)
    await answered(at, f"/{CARD}")
    reader, writer = await asyncio.open_connection(URL(at).host, URL(at).port)
    writer.write(f"A{CARD} /{CARD} HTTP/1.1\r\nHost: {CARD}\r\nConnection: close\r\n\r\n".encode())
    await reader.read()
    writer.close()
    async with asyncio.timeout(10):
        while len(lines := log.read_bytes()[known:].decode().splitlines()) < 3:
            await asyncio.sleep(0.05)

    assert not re.search(CARD, "".join(lines))
    assert "GET purchases" in lines[0]


@pytest.mark.parametrize("certificates", ["", None])
async def test_the_edge_is_well_told(tmp_path, certificates):
    """HAProxy itself takes its configuration, with the variable empty or missing."""
    told = {name: value for name, value in os.environ.items() if name != "EDGE_CERTIFICATES"}
    if certificates is not None:
        told["EDGE_CERTIFICATES"] = certificates
    program, file = shutil.which("haproxy"), ROOT / "deploy/haproxy.cfg"
    over = await ended(await begun(tmp_path, program, "-c", "-f", file, environment=told))

    assert 0 == over.code, over.err
