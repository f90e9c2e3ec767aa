"""Eight kinds of stuck orders, each planted as it comes about in life, and the healthy ones."""

import asyncio
import base64
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from faults.travel.basket import REQUEST
from ferryman.purchase.messages import Begin, Hint, ProviderEvent
from ferryman.purchase.policy import Policy
from ferryman.purchase.purchase import workflow_id
from ferryman.purchase.request import PurchaseRequest
from ferryman.search_attributes import starting_attributes
from ferryman.secrecy.converter import encrypting
from ferryman.secrecy.data_keys import DataKeys
from ferryman.secrecy.ring import KeyRing
from workers.worker import create_worker
from workflows.parked_event import HOPE, ParkedEvent
from workflows.purchase import Purchase

LONG_AFTER = HOPE + timedelta(hours=8)
MANY_TRIES = 10
ONE_PIECE = ("1", 1, 0)
TO_SHIP = {"method": "POST", "path": "/fulfillments", "kind": "status", "times": 0}
HEALTHY = {
    "checkout": 120,
    "accepted": 25,
    "in_review": 20,
    "pending_payment": 20,
    "cancelled": 15,
}
AT_ONCE = 6


@workflow.defn(name="Purchase")
class Broken:
    """A flow with a bug."""

    @workflow.run
    async def run(self, begin: Begin) -> str:
        """Stumble at once."""
        del begin
        raise RuntimeError("a bug, planted")


def ring(name):
    """A key ring of one key."""
    return KeyRing.parse(f"{name}:{base64.b64encode(name.encode() * 16).decode()}")


class Garden:
    """Where they are planted; each way of planting gives the workflow that its view must list."""

    def __init__(self, stage):
        self.stage = stage
        self.world = stage.world
        self.client = stage.temporal.client
        self.queue = self.world.parts.task_queue

    async def past_its_window(self):
        """In review, and the window is over."""
        purchase = await self._begun(self.client, self.queue, review_window=timedelta(seconds=1))
        shopper = self.world.known(purchase)
        await self._recorded(purchase)
        await shopper.order(last_name="Review")
        return shopper.handle.id

    async def retrying(self):
        """A parcel that Digital River answers with 503, more than ten times."""
        shopper = await self._accepted()
        await shopper.fault(**TO_SHIP, status=503, retryAfter=1)
        self.stage.beside(shopper.ship("parcel", ONE_PIECE))
        while await tries(shopper.handle) <= MANY_TRIES:
            await asyncio.sleep(0.2)
        return shopper.handle.id

    async def parked_for_nobody(self):
        """An event of an order that nobody knows, for three days."""
        name = f"evt-{uuid.uuid4().hex}"
        event = ProviderEvent(
            id=name, name="order.accepted", hint=Hint.ACCEPTED, order_id=f"none-{name[-6:]}"
        )
        handle = await self.client.start_workflow(
            ParkedEvent.run, event, id=f"parked-event/{name}", task_queue=self.queue
        )
        await self.stage.temporal.fast_forward(handle, LONG_AFTER)
        return handle.id

    async def stumbling(self):
        """A worker whose flow has a bug."""
        return workflow_id(await self._begun(self.client, f"{self.queue}-bug"))

    async def key_refused(self):
        """Digital River answers 401."""
        shopper = await self._accepted()
        await shopper.fault(**TO_SHIP, status=401)
        self.stage.beside(shopper.ship("parcel", ONE_PIECE))
        return shopper.handle.id

    async def unreadable(self):
        """Its payloads want a key that the worker lacks."""
        return workflow_id(await self._begun(self._encrypted("k1"), f"{self.queue}-key"))

    async def on_an_empty_queue(self):
        """Nobody polls where it is."""
        return workflow_id(await self._begun(self.client, f"{self.queue}-forgotten"))

    async def orphan(self):
        """An order of a checkout whose purchase had been cancelled, and no event told of it."""
        shopper = await self.world.open()
        await shopper.rule("drop")
        await shopper.choose()
        checkout = (await shopper.view())["checkout"]["id"]
        await shopper.cancel(by="customer")
        await shopper.handle.result()
        order = await self.world.parts.digital_river.create_order(checkout)
        await self.world.parts.digital_river.get_order(order.id)
        swept = self.client.get_schedule_handle(f"sweep/{self.queue}")
        while not (listed := await self._listed(order.id)):
            await swept.trigger()
            await asyncio.sleep(1)
        return listed

    async def healthy(self):
        """Two hundred purchases that wait for what they should; their workflows' ids."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(state):
            async with room:
                return await self._standing(state)

        wanted = [state for state, count in HEALTHY.items() for _ in range(count)]
        return await asyncio.gather(*map(one, wanted))

    async def _standing(self, state):
        shopper = await self.world.open()
        match state:
            case "accepted":
                await shopper.order()
            case "in_review":
                await shopper.order(last_name="Review")
            case "pending_payment":
                await shopper.order("konbini")
            case "cancelled":
                await shopper.cancel(by="customer")
        await shopper.until(state)
        return shopper.handle.id

    async def _accepted(self):
        shopper = await self.world.open()
        await shopper.order()
        await shopper.until("accepted")
        return shopper

    async def _begun(self, client, queue, **policy):
        purchase = f"{queue}-{uuid.uuid4().hex[:6]}"
        promised = Policy(**{**self.world.parts.settings.policy.model_dump(), **policy})
        begin = Begin(id=purchase, request=PurchaseRequest.read(REQUEST), policy=promised)
        await client.start_workflow(
            Purchase.run,
            begin,
            id=workflow_id(purchase),
            task_queue=queue,
            search_attributes=starting_attributes(datetime.now(UTC) + promised.checkout_window),
        )
        return purchase

    async def _recorded(self, purchase):
        while (record := await self.world.records.get(purchase)) is None or not record.checkout:
            await asyncio.sleep(0.05)

    async def _listed(self, order_id):
        query = f"WorkflowType = 'ParkedEvent' AND TaskQueue = '{self.queue}'"
        found = [each.id async for each in self.client.list_workflows(query)]
        return next((each for each in found if order_id in each), None)

    def _encrypted(self, key):
        keys = DataKeys(self.world.records.engine, ring(key))
        return Client(
            self.client.service_client,
            namespace=self.client.namespace,
            data_converter=encrypting(keys),
        )

    @asynccontextmanager
    async def neighbours(self):
        """The workers that cannot carry what they are given."""
        parts = self.world.parts
        buggy = Worker(
            self.client,
            task_queue=f"{self.queue}-bug",
            workflows=[Broken],
            workflow_runner=UnsandboxedWorkflowRunner(),
        )
        keyless = create_worker(
            self._encrypted("k2"),
            task_queue=f"{self.queue}-key",
            digital_river=parts.digital_river,
            records=parts.records,
            policy=parts.settings.policy,
        )
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(buggy)
            await stack.enter_async_context(keyless)
            yield


async def tries(handle):
    """How often the step under way was tried, as an operator sees it."""
    described = (await handle.describe()).raw_description
    return max((each.attempt for each in described.pending_activities), default=0)
