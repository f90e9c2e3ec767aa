"""A shop around one worker: its shoppers, and everybody who acts on their purchases."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp
from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from ferryman.digital_river.client import DigitalRiver
from ferryman.purchase.listing import memo_of, outline_of, title_of
from ferryman.purchase.messages import (
    Answer,
    Begin,
    Hint,
    KeyedCancellation,
    ProviderEvent,
    Shipment,
    ShipmentItem,
    SourceChoice,
    Submission,
)
from ferryman.purchase.purchase import Purchase as Record
from ferryman.purchase.purchase import workflow_id
from ferryman.purchase.request import Change, PurchaseRequest
from ferryman.records import Records
from tests.workflows.given import ADDRESS, GOOD_CARD, POLICY, REQUEST
from workflows.purchase import Purchase

PATIENCE_SECONDS = 60
POLL_SECONDS = 0.02


class Shopper:
    """One purchase, and everybody who acts on it."""

    def __init__(self, shop: "Shop", purchase_id: str, handle: WorkflowHandle[Purchase, str]):
        self.shop = shop
        self.id = purchase_id
        self.handle = handle

    async def record(self) -> Record:
        """The purchase as the records have it."""
        found = await self.shop.records.get(self.id)
        assert found is not None, "the purchase has no record"
        return found

    async def names(self) -> list[str]:
        """The names in the timeline."""
        return [entry.name for entry in await self.shop.records.timeline(self.id)]

    async def choose(self, kind: str = "creditCard", *, attach: bool = True, **more: Any) -> str:
        """Make a source in the browser and attach it."""
        checkout = (await self.record()).checkout
        assert checkout is not None, "there is no checkout"
        assert checkout.payment.session is not None, "the checkout has no session"
        owner = {"firstName": "Erika", "lastName": "Beispiel", "email": "erika@example.com"}
        owner |= {"address": ADDRESS, "lastName": more.pop("last_name", "Beispiel")}
        body = {"type": kind, "paymentSessionId": checkout.payment.session.id, "owner": owner}
        if kind == "creditCard":
            number = more.pop("card", GOOD_CARD)
            body["card"] = {"number": number, "expirationMonth": 7, "expirationYear": 2031}
        source = await self.shop.control("POST", "sources", {**body, **more})
        if attach:
            choice = SourceChoice(source_id=source["id"])
            await self.handle.execute_update(Purchase.source, choice)
        return str(source["id"])

    async def submit(self, **more: Any) -> Answer:
        """Accept the terms and order."""
        return await self.handle.execute_update(
            Purchase.submit, Submission(terms_accepted=True, **more)
        )

    async def order(self, kind: str = "creditCard", **more: Any) -> Record:
        """Choose, submit, and give the record."""
        await self.choose(kind, **more)
        await self.submit()
        return await self.record()

    async def ship(self, shipment_id: str, *items: tuple[str, int, int]) -> Answer:
        """Report a parcel: line, shipped and cancelled quantity."""
        return await self.handle.execute_update(
            Purchase.fulfillments,
            Shipment(
                shipment_id=shipment_id,
                items=[
                    ShipmentItem(line_id=line, quantity=quantity, cancel_quantity=cancelled)
                    for line, quantity, cancelled in items
                ],
            ),
        )

    async def cancel(self, **more: Any) -> Answer:
        """Ask for a cancellation."""
        wanted = KeyedCancellation.model_validate({"reason": "changed my mind", **more})
        return await self.handle.execute_update(Purchase.cancel, wanted)

    async def patch(self, **change: Any) -> Answer:
        """Change the checkout."""
        return await self.handle.execute_update(Purchase.patch, Change.model_validate(change))

    async def refresh(self) -> Answer:
        """Come back from a redirect."""
        return await self.handle.execute_update(Purchase.refresh)

    async def tell(self, name: str, hint: Hint, *, order_id: str | None = None) -> None:
        """Deliver an event as the API would."""
        event = ProviderEvent(
            id=f"{name}-{self.shop.next()}",
            name=name,
            hint=hint,
            order_id=order_id or await self.order_id(),
            upstream_id=self.id,
        )
        await self.handle.signal(Purchase.provider_events, [event])

    async def order_id(self) -> str:
        """The newest order of this purchase at Digital River."""
        return str((await self.ledger())["orders"][0]["id"])

    async def ledger(self) -> dict[str, Any]:
        """What Digital River has of this purchase."""
        return await self.shop.control("GET", f"ledger?upstreamId={self.id}")

    async def at_provider(self, action: str, **body: Any) -> None:
        """Move the newest order at Digital River: pay, abandon, review and so on."""
        await self.shop.control("POST", f"orders/upstream:{self.id}/{action}", body)

    async def settled_as(self, *states: str) -> None:
        """Wait until the newest order stands so at Digital River, which takes its time.

        Time that is turned on before would pass for the purchase alone.
        """
        await self.shop.until_ledger(
            self, lambda ledger: ledger["orders"] and ledger["orders"][0]["state"] in states
        )

    async def variant(self, **variants: Any) -> None:
        """Choose a behaviour of Digital River for this purchase."""
        await self.shop.control("POST", "variants", {"upstreamId": self.id, **variants})

    async def fault(self, **fault: Any) -> None:
        """Plan a fault for this purchase's calls."""
        await self.shop.control("POST", "faults", {"upstreamId": self.id, **fault})

    async def travel(self, by: timedelta) -> None:
        """Let time pass for the purchase and for Digital River."""
        await self.shop.control("POST", "clock/advance", {"by": f"PT{int(by.total_seconds())}S"})
        await self.shop.temporal.fast_forward(self.handle, by)

    async def until(self, *states: str) -> Record:
        """The record once it is in one of these states."""
        return await self.shop.until(self, lambda record: record.state in states)


class Shop:
    """The running parts and the shoppers in them."""

    def __init__(
        self,
        temporal: WorkflowEnvironment,
        records: Records,
        http: aiohttp.ClientSession,
        sandbox_url: str,
        task_queue: str,
        digital_river: DigitalRiver,
    ) -> None:
        self.temporal = temporal
        self.records = records
        self.digital_river = digital_river
        self.task_queue = task_queue
        self._http = http
        self._url = sandbox_url
        self._count = 0

    def next(self) -> int:
        """A number that was not used before."""
        self._count += 1
        return self._count

    async def control(self, method: str, path: str, body: object = None) -> Any:
        """Use one of the sandbox's controls."""
        url = f"{self._url}/_sandbox/{path}"
        async with self._http.request(method, url, json=body) as response:
            text = await response.text()
            assert response.status < 300, f"{method} {path}: {response.status} {text}"
            return await response.json() if text else None

    async def begin(self, *, policy: dict[str, Any] | None = None, **changes: Any) -> Shopper:
        """Begin a purchase."""
        shopper, start = self.prepare(policy=policy, **changes)
        await start
        return shopper

    async def begin_disputed(self, *, policy: dict[str, Any] | None = None) -> Shopper:
        """A purchase in dispute, of which one piece is shipped and captured."""
        shopper = await self.begin(policy=policy)
        await shopper.order()
        await shopper.ship("parcel-0", ("1", 1, 0))
        await self.until_ledger(
            shopper, lambda ledger: "complete" in str(ledger["charges"][0].get("captures"))
        )
        await shopper.at_provider("dispute")
        await shopper.tell("order.dispute", Hint.DISPUTED)
        await shopper.until("disputed")
        return shopper

    async def begin_paid_late(self) -> Shopper:
        """A purchase that was cancelled, has closed, and whose order was paid after that."""
        shopper = await self.begin()
        await shopper.order("konbini")
        await shopper.at_provider("expire")
        await shopper.tell("order.cancelled", Hint.CANCELLED)
        await shopper.handle.result()
        await shopper.at_provider("pay", force=True)
        return shopper

    def prepare(self, *, policy: dict[str, Any] | None = None, **changes: Any) -> Any:
        """A shopper, and the call that begins the purchase."""
        purchase_id = f"{self.task_queue}-{self.next()}"
        request = PurchaseRequest.read({**REQUEST, **changes})
        begin = Begin(
            id=purchase_id, request=request, policy=POLICY.model_copy(update=policy or {})
        )
        operation = WithStartWorkflowOperation(
            Purchase.run,
            begin,
            static_summary=title_of(begin),
            static_details=outline_of(begin),
            memo=memo_of(begin),
            id=workflow_id(purchase_id),
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        client = self.temporal.client
        start = client.execute_update_with_start_workflow(
            Purchase.checkout, start_workflow_operation=operation, id="checkout"
        )
        handle = client.get_workflow_handle_for(Purchase.run, workflow_id(purchase_id))
        return Shopper(self, purchase_id, handle), start

    async def until(self, shopper: Shopper, reached: Callable[[Record], object]) -> Record:
        """The record once it has reached what is asked; TimeoutError after a minute without."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not reached(record := await shopper.record()):
                await asyncio.sleep(POLL_SECONDS)
            return record

    async def until_ledger(self, shopper: Shopper, reached: Callable[[Any], object]) -> None:
        """Wait until Digital River's ledger shows what is asked."""
        while not reached(await shopper.ledger()):
            await asyncio.sleep(POLL_SECONDS)

    async def until_recorded(self, shopper: Shopper, reached: Callable[[Record], object]) -> Record:
        """The record once there is one and it has reached what is asked."""
        while (record := await self.records.get(shopper.id)) is None or not reached(record):
            await asyncio.sleep(POLL_SECONDS)
        return record

    async def until_names(self, shopper: Shopper, name: str) -> None:
        """Wait until the timeline has an entry of this name."""
        while name not in await shopper.names():
            await asyncio.sleep(POLL_SECONDS)

    async def until_started(self, shopper: Shopper) -> None:
        """Wait until Temporal knows the purchase."""
        while True:
            try:
                await shopper.handle.describe()
            except RPCError:
                await asyncio.sleep(POLL_SECONDS)
            else:
                return
