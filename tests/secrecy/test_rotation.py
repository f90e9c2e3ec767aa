"""Keys changed, and payloads spoiled, of real purchases that go through meanwhile."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.converter import DataConverter, WorkflowSerializationContext

from faults.evidence import payloads_of
from ferryman.purchase.messages import Hint
from ferryman.purchase.purchase import workflow_id
from ferryman.records import Records
from ferryman.records.tables import data_keys
from ferryman.secrecy.codec import WORKFLOW, is_encrypted
from ferryman.secrecy.converter import encrypting
from ferryman.secrecy.data_keys import DataKeys
from ferryman.secrecy.ring import KeyRing, Tampered, UnknownKey
from tests.ferryman.secrecy.conftest import NEWER_TEXT, RING_TEXT, database_url, records
from tests.running.river import client_of
from tests.workflows.conftest import sandbox_url
from tests.workflows.given import POLICY
from tests.workflows.shop import Shop, Shopper
from workers.worker import create_worker
from workflows.purchase import Purchase

__all__ = ["database_url", "records", "sandbox_url"]

pytestmark = pytest.mark.timeout(180)

LANES = 3
FAILED = {EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED}


class Site:
    """Two workers and those who call; each restart gives them another ring, one by one."""

    def __init__(self, shop: Shop, address: str) -> None:
        self.shop = shop
        self.sold: list[str] = []
        self.closed = False
        self._address = address
        self._workers = [AsyncExitStack(), AsyncExitStack()]
        self._asking: set[asyncio.Task[Any]] = set()

    def converter(self, ring: str) -> DataConverter:
        """What a process with this ring reads and writes; it remembers no key."""
        keys = DataKeys(self.shop.records.engine, KeyRing.parse(ring), timedelta())
        return encrypting(keys)

    async def restart(self, ring: str) -> None:
        """One process after the other, while the others go on."""
        for number, old in enumerate(self._workers):
            self._workers[number] = AsyncExitStack()
            worker = create_worker(
                await self.connect(ring),
                task_queue=self.shop.task_queue,
                digital_river=self.shop.digital_river,
                records=self.shop.records,
                policy=POLICY,
            )
            await self._workers[number].enter_async_context(worker)
            await old.aclose()
        self.shop.temporal.client = await self.connect(ring)
        # A process that ends has answered first; a task that was lost with its worker takes long.
        await asyncio.gather(*self._asking)

    async def connect(self, ring: str) -> Client:
        """A connection of its own, as each process has one."""
        return await Client.connect(self._address, data_converter=self.converter(ring))

    async def stop(self) -> None:
        """Stop the workers."""
        for each in self._workers:
            await each.aclose()

    def now(self, shopper: Shopper) -> Shopper:
        """The same purchase, called as one does under the present ring."""
        client = self.shop.temporal.client
        shopper.handle = client.get_workflow_handle_for(Purchase.run, workflow_id(shopper.id))
        return shopper

    async def sell(self) -> None:
        """Carry one purchase after the other through, until the shop closes."""
        while not self.closed:
            shopper = await self._ask(self.shop.begin())
            await self._ask(self.now(shopper).order())
            await self._ask(self.now(shopper).ship("parcel-1", ("1", 2, 0), ("2", 3, 0)))
            await self._ask(self.end(shopper))

    async def _ask(self, call: Coroutine[Any, Any, Any]) -> Any:
        task = asyncio.create_task(call)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return await task

    async def end(self, shopper: Shopper) -> None:
        """See a purchase to its end."""
        await shopper.settled_as("complete")
        await self.now(shopper).tell("order.complete", Hint.COMPLETE)
        assert "complete" == await self.now(shopper).handle.result()
        self.sold.append(shopper.id)

    async def moved(self) -> None:
        """Wait until as many purchases as there are lanes have come to their ends since."""
        until = len(self.sold) + LANES
        while len(self.sold) < until:
            await asyncio.sleep(0.05)

    async def close(self, lanes: list[asyncio.Task[None]]) -> None:
        """Let what has begun come to its end."""
        self.closed = True
        await asyncio.gather(*lanes)


@pytest.fixture
async def site(temporal, records: Records, sandbox_url: str) -> AsyncIterator[Site]:
    """A shop whose workers are this test's own."""
    async with aiohttp.ClientSession() as http:
        digital_river = client_of(http, sandbox_url, timeout_seconds=5)
        spoken = SimpleNamespace(client=temporal.client, fast_forward=temporal.fast_forward)
        shop = Shop(
            spoken, records, http, sandbox_url, f"rotation-{uuid.uuid4().hex}", digital_river
        )
        site = Site(shop, temporal.client.service_client.config.target_host)
        yield site
        await site.stop()


async def histories(site: Site) -> dict[str, list[Payload]]:
    """By purchase, all that lies encrypted in its history; nothing in it may have failed."""
    found = {}
    for each in site.sold:
        handle = site.shop.temporal.client.get_workflow_handle(workflow_id(each))
        events = (await handle.fetch_history()).events
        assert not [event for event in events if event.event_type in FAILED], each
        lying = [payload for event in events for payload in payloads_of(event)]
        found[each] = list(filter(is_encrypted, lying))
    return found


async def read(converter: DataConverter, purchase_id: str, payload: Payload) -> bool:
    """Whether a payload can be read as one of this purchase's."""
    context = WorkflowSerializationContext("default", workflow_id(purchase_id))
    try:
        await converter.with_context(context).decode([payload])
    except (Tampered, UnknownKey, RuntimeError, KeyError, ValueError):
        return False
    return True


async def test_rotation_under_load(site, caplog):
    """The ring's key is changed while purchases go through: none of them fails to be read.

    One of them begins under the old key alone and ends under the new one alone.
    """
    await site.restart(RING_TEXT)
    lasting = await site.shop.begin()
    lanes = [asyncio.create_task(site.sell()) for _ in range(LANES)]
    await site.moved()
    await site.restart(f"{RING_TEXT},{NEWER_TEXT}")
    await site.now(lasting).order()
    await site.moved()
    await site.restart(f"{NEWER_TEXT},{RING_TEXT}")
    await site.now(lasting).ship("parcel-1", ("1", 2, 0))
    await site.moved()
    both = DataKeys(site.shop.records.engine, KeyRing.parse(f"{NEWER_TEXT},{RING_TEXT}"))
    rewrapped = await both.rewrap()
    await site.restart(NEWER_TEXT)
    await site.now(lasting).ship("parcel-2", ("2", 3, 0))
    await site.end(lasting)
    await site.moved()
    await site.close(lanes)
    found = await histories(site)
    alone = site.converter(NEWER_TEXT)
    unread = [
        (each, payload)
        for each, payloads in found.items()
        for payload in payloads
        if not await read(alone, each, payload)
    ]
    async with site.shop.records.engine.connect() as connection:
        wrapped_by = set(await connection.scalars(select(data_keys.c.ring_key)))

    assert len(site.sold) > 4 * LANES
    assert rewrapped > 2 * LANES
    assert {"k2"} == wrapped_by
    assert all(found.values())
    assert [] == unread
    assert not [word for word in ("Tampered", "UnknownKey", "lacks the key") if word in caplog.text]


async def test_spoiled(site):
    """What was swapped between purchases is refused, always; so are 1,000 bits turned over."""
    await site.restart(RING_TEXT)
    lanes = [asyncio.create_task(site.sell()) for _ in range(LANES)]
    await site.moved()
    await site.close(lanes)
    found = await histories(site)
    converter = site.converter(RING_TEXT)
    swapped = [
        await read(converter, other, changed)
        for each, payloads in found.items()
        for other in found.keys() - {each}
        for payload in payloads
        for changed in (payload, labelled(payload, other))
    ]
    rng = random.Random(13)  # noqa: S311 - guards nothing
    owners = [(each, payload) for each, payloads in found.items() for payload in payloads]
    turned = [
        await read(converter, each, flipped(rng, payload))
        for each, payload in rng.choices(owners, k=1000)
    ]

    assert len(swapped) > 500
    assert not any(swapped)
    assert [False] * 1000 == turned
    assert all([await read(converter, each, payload) for each, payload in owners])


def labelled(payload: Payload, purchase_id: str) -> Payload:
    """The same, saying that it is another purchase's."""
    changed = Payload()
    changed.CopyFrom(payload)
    changed.metadata[WORKFLOW] = workflow_id(purchase_id).encode()
    return changed


def flipped(rng: random.Random, payload: Payload) -> Payload:
    """The same with one bit turned over, anywhere."""
    changed = Payload()
    changed.CopyFrom(payload)
    lengths = {name: len(value) for name, value in payload.metadata.items()}
    lengths[""] = len(payload.data)
    [name] = rng.choices(list(lengths), weights=list(lengths.values()))
    octets = bytearray(payload.metadata[name] if name else payload.data)
    octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
    if name:
        changed.metadata[name] = bytes(octets)
    else:
        changed.data = bytes(octets)
    return changed
