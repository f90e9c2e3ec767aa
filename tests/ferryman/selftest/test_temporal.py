"""The checks of Temporal, against a real one, a frozen one and none."""

import asyncio
import socket
from types import SimpleNamespace

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.common import WorkerDeploymentVersion

from ferryman import search_attributes
from ferryman.selftest import temporal as engine
from ferryman.selftest.finding import Verdict
from tests.ferryman.selftest.parts import address_of, polling

GOOD, WRONG, UNTOLD = Verdict.GOOD, Verdict.WRONG, Verdict.UNTOLD


@pytest.fixture
def at(temporal, monkeypatch):
    """Give what the checks say of the dev server, or of where the environment points instead."""

    async def look(task_queue="nobodys", **environment):
        monkeypatch.setenv("TEMPORAL_ADDRESS", address_of(temporal))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return {each.subject: each for each in await engine.findings(task_queue)}

    return look


async def test_temporal_with_a_worker(temporal, at):
    """Namespace, search attributes and a polling worker are seen."""
    async with polling(temporal, "self-test"):
        found = await at("self-test")
        while found["worker"].verdict is not GOOD:
            found = await at("self-test")

    assert [GOOD] * 3 == [each.verdict for each in found.values()]
    assert "namespace default" in found["Temporal"].said


async def test_version_that_is_not_current(temporal, at):
    """A worker whose version nobody has made current polls and gets nothing: it is wrong."""
    version = WorkerDeploymentVersion("self-test", "build-1")
    async with polling(temporal, "versioned", version):
        while "nobody" in (found := (await at("versioned"))["worker"]).said:
            pass

    assert WRONG is found.verdict
    assert "self-test.build-1" in found.said


async def test_queue_that_nobody_polls(at):
    """Without a worker a purchase would wait for ever: it is wrong, and the queue is named."""
    found = (await at("forgotten"))["worker"]

    assert WRONG is found.verdict
    assert "forgotten" in found.said


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TEMPORAL_NAMESPACE": "nowhere"}, "nowhere"),
        ({"TEMPORAL_ADDRESS": "127.0.0.1:1"}, "away"),
        ({"TEMPORAL_ADDRESS": "temporal.example.com:7233"}, "another host needs TLS"),
    ],
)
async def test_temporal_that_cannot_be_used(at, environment, said):
    """No such namespace, nobody there, and plaintext to another host are told apart."""
    found = await at(**environment)

    assert WRONG is found["Temporal"].verdict
    assert said in found["Temporal"].said
    assert [UNTOLD] * 2 == [found[name].verdict for name in ("search attributes", "worker")]


async def test_frozen_temporal_is_given_up(at):
    """A server that takes connections and says nothing does not hang the self-test."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        async with asyncio.timeout(20):
            found = await at(TEMPORAL_ADDRESS=f"127.0.0.1:{port}")

    assert WRONG is found["Temporal"].verdict


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("Undefined", IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD, "missing: Undefined"),
        ("PurchaseState", IndexedValueType.INDEXED_VALUE_TYPE_INT, "another type: PurchaseState"),
    ],
)
async def test_search_attributes_that_are_not_ours(at, monkeypatch, name, kind, said):
    """An attribute that the namespace lacks, or has with another type, is named."""
    wanted = SimpleNamespace(name=name, indexed_value_type=kind)
    monkeypatch.setattr(search_attributes, "ALL", (wanted,))
    found = (await at())["search attributes"]

    assert WRONG is found.verdict
    assert said in found.said
