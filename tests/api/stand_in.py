"""A small workflow that answers as it is told, under the names of the real ones."""

from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

from ferryman.purchase.lines import ordered
from ferryman.purchase.messages import (
    Answer,
    Begin,
    Intervention,
    KeyedCancellation,
    ProviderEvent,
    Refusal,
    Shipment,
    SourceChoice,
    Submission,
)
from ferryman.purchase.purchase import Checkout
from ferryman.purchase.purchase import Purchase as View
from ferryman.purchase.request import Change
from ferryman.purchase.states import State
from ferryman.records import Records


class Books:
    """What the stand-ins did, for the tests to see."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.begun: list[Begin] = []
        self.calls: list[tuple[str, str, Any]] = []

    @activity.defn(name="stand_in.begin")
    async def begin(self, begin: Begin) -> None:
        """Note a beginning."""
        self.begun.append(begin)

    @activity.defn(name="stand_in.call")
    async def call(self, purchase_id: str, call: str, argument: Any) -> None:
        """Note a call."""
        self.calls.append((purchase_id, call, argument))

    @activity.defn(name="stand_in.save")
    async def save(self, purchase: View) -> None:
        """Keep the record."""
        await self.records.save(purchase, [])


@workflow.defn(name="Purchase", sandboxed=False)
class Purchase:
    """Does as `plan` in the request's metadata and the signal `behave` say."""

    @workflow.init
    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._plan = str((begin.request.metadata or {}).get("plan", "ready"))
        self._behaviour: dict[str, str] = {}
        self._view = View(
            id=begin.id,
            state=State.CHECKOUT,
            version=0,
            created_time=workflow.now(),
            updated_time=workflow.now(),
            items=ordered(begin.request.items),
        )
        self._built = False
        self._over = False

    @workflow.run
    async def run(self, begin: Begin) -> str:
        """Build a checkout and stay."""
        await self._local(Books.begin, begin)
        if self._plan == "late":
            await workflow.wait_condition(lambda: self._plan == "ready")
        if self._plan == "ready":
            await self._save(checkout=Checkout(id=f"checkout-{begin.id}", currency="EUR"))
        else:
            await self._save()
        self._built = True
        await workflow.wait_condition(lambda: self._over or self._plan == "ends")
        if self._plan != "ends":
            await workflow.wait_condition(workflow.all_handlers_finished)
        return self._view.state

    @workflow.update
    async def behave(self, behaviour: dict[str, str]) -> None:
        """Answer calls like this from now on; `plan` and `state` are about the purchase."""
        self._behaviour |= behaviour
        self._plan = behaviour.get("plan", self._plan)
        if "state" in behaviour:
            await self._save(state=State(behaviour["state"]))
        self._over = "over" in behaviour

    @workflow.signal
    async def provider_events(self, events: list[ProviderEvent]) -> None:
        """Note events."""
        for event in events:
            await self._note("provider_event", event)

    @workflow.update
    async def checkout(self) -> Answer:
        """Wait for the checkout."""
        await workflow.wait_condition(lambda: self._built)
        if self._plan == "refused":
            raise _refused(Refusal.INVALID, "no such product", "/items/0/skuId")
        return Answer(version=self._view.version)

    @workflow.update
    async def patch(self, change: Change) -> Answer:
        """Mend the checkout."""
        answer = await self._answer("patch", change)
        if self._view.checkout is None:
            await self._save(checkout=Checkout(id=f"mended-{self._begin.id}", currency="EUR"))
        return answer

    @workflow.update
    async def source(self, choice: SourceChoice) -> Answer:
        """Answer as told."""
        return await self._answer("source", choice)

    @workflow.update
    async def submit(self, submission: Submission) -> Answer:
        """Answer as told."""
        return await self._answer("submit", submission)

    @workflow.update(unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def refresh(self) -> Answer:
        """Answer as told."""
        return await self._answer("refresh", None)

    @workflow.update
    async def fulfillments(self, shipment: Shipment) -> Answer:
        """Answer as told."""
        return await self._answer("fulfillments", shipment)

    @workflow.update
    async def cancel(self, wanted: KeyedCancellation) -> Answer:
        """Answer as told."""
        return await self._answer("cancel", wanted)

    @workflow.update
    async def operate(self, act: Intervention) -> Answer:
        """Answer as told."""
        return await self._answer("operate", act)

    async def _answer(self, call: str, argument: Any) -> Answer:
        behaviour = self._behaviour.get(call, "done")
        await self._note(call, argument)
        match behaviour:
            case "hang":
                await workflow.wait_condition(lambda: self._behaviour[call] != "hang")
            case "refuse_late":
                self._behaviour[call] = "hang"
                await workflow.sleep(2)
                raise _refused(Refusal.NOT_ALLOWED, f"{call} is not possible now")
            case "not_allowed":
                raise _refused(Refusal.NOT_ALLOWED, f"{call} is not possible now")
            case "invalid":
                raise _refused(Refusal.INVALID, "only 1 open", "/items/0/quantity")
            case "declined":
                raise _refused(Refusal.DECLINED, "Your card was declined.")
        await self._save()
        return Answer(version=self._view.version, done=behaviour != "remember")

    async def _note(self, call: str, argument: Any) -> None:
        await workflow.execute_local_activity_method(
            Books.call,
            args=[self._begin.id, call, argument],
            start_to_close_timeout=timedelta(seconds=10),
        )

    async def _save(self, **change: Any) -> None:
        version = self._view.version + 1
        self._view = self._view.model_copy(update={"version": version, **change})
        await self._local(Books.save, self._view)

    async def _local(self, step: Any, argument: Any) -> None:
        await workflow.execute_local_activity_method(
            step, argument, start_to_close_timeout=timedelta(seconds=10)
        )


@workflow.defn(name="ParkedEvent", sandboxed=False)
class ParkedEvent:
    """Keeps an event and ends."""

    @workflow.run
    async def run(self, event: ProviderEvent) -> str:
        """Say which it was."""
        return event.id


def _refused(kind: Refusal, message: str, pointer: str | None = None) -> ApplicationError:
    details = [[{"pointer": pointer, "detail": message}]] if pointer else []
    return ApplicationError(message, *details, type=kind.value, non_retryable=True)
