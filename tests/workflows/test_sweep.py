"""What nobody has told us is found by looking through Digital River's own lists."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleSpec,
    ScheduleState,
    WorkflowExecutionStatus,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError
from temporalio.testing import ActivityEnvironment

from activities.sweep import SweepActivities, Sweeping
from activities.walk import Walk
from ferryman.digital_river.events import read_event
from ferryman.provider_events import translate
from ferryman.purchase.messages import NO_NEWS
from ferryman.purchase.states import State
from tests.workflows.strangers import order_checkout, order_elsewhere, refund_all
from workflows.parked_event import ParkedEvent
from workflows.purchase import Purchase
from workflows.sweep import Sweep, SweepPlan, Sweeps

POLL_SECONDS = 0.05
EVERYTHING = SweepPlan(overlap=timedelta(seconds=2), grace=timedelta(0))


@dataclass
class Sweeper:
    """The schedule, which sweeps when it is told to and at no other time."""

    shop: object
    id: str

    @property
    def schedule(self):
        """Its handle."""
        return self.shop.temporal.client.get_schedule_handle(self.id)

    async def sweep(self) -> Sweeps:
        """Sweep once, and wait for all who were told."""
        before = (await self.schedule.describe()).info.num_actions
        await self.schedule.trigger()
        while (info := (await self.schedule.describe()).info).num_actions == before:
            await asyncio.sleep(POLL_SECONDS)
        run = info.recent_actions[-1].action
        client = self.shop.temporal.client
        handle = client.get_workflow_handle(
            run.workflow_id, run_id=run.first_execution_run_id, result_type=Sweeps
        )
        swept = await handle.result()
        # Only once the schedule knows that the run is over does it hand its result to the next.
        while (await self.schedule.describe()).info.running_actions:
            await asyncio.sleep(POLL_SECONDS)
        return swept

    async def running(self):
        """The sweep that is under way."""
        while not (running := (await self.schedule.describe()).info.running_actions):
            await asyncio.sleep(POLL_SECONDS)
        client = self.shop.temporal.client
        return client.get_workflow_handle(running[0].workflow_id)

    async def owners(self, told: int) -> list[str]:
        """Whom the sweeps have told so far, once that many have been."""
        client = self.shop.temporal.client
        query = f"WorkflowType = 'ParkedEvent' AND TaskQueue = '{self.shop.task_queue}'"
        while True:
            listed = [each.id async for each in client.list_workflows(query)]
            found = [each for each in listed if each.startswith("parked-event/")]
            if len(found) == told:
                return [await client.get_workflow_handle(each).result() for each in found]
            await asyncio.sleep(POLL_SECONDS)


@pytest.fixture
def plan() -> SweepPlan:
    """How it sweeps."""
    return EVERYTHING


@pytest.fixture
async def sweeper(shop, plan) -> AsyncIterator[Sweeper]:
    """A paused schedule in the shop."""
    sweeper = Sweeper(shop, f"sweep/{shop.task_queue}")
    await shop.temporal.client.create_schedule(
        sweeper.id,
        Schedule(
            action=ScheduleActionStartWorkflow(
                Sweep.run, plan, id=sweeper.id, task_queue=shop.task_queue
            ),
            spec=ScheduleSpec(),
            state=ScheduleState(paused=True),
        ),
    )
    yield sweeper
    await sweeper.schedule.delete()


async def hear_all(shopper) -> None:
    """Deliver every event of this purchase as the API does, and wait until all are heard."""
    events = [each["event"] for each in (await shopper.ledger())["events"]]
    messages = [message for each in events if (message := translate(read_event(each)))]
    for message in messages:
        await deliver(shopper, message)
    news = [message.id for message in messages if message.hint not in NO_NEWS]
    while await shopper.shop.records.unheard(news):
        await asyncio.sleep(POLL_SECONDS)


async def deliver(shopper, message) -> None:
    """Signal the purchase; where it has closed, park the event."""
    try:
        await shopper.handle.signal(Purchase.provider_events, [message])
    except RPCError:
        await shopper.shop.temporal.client.execute_workflow(
            ParkedEvent.run,
            message,
            id=f"webhook/{message.id}",
            task_queue=shopper.shop.task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )


async def shipped(shop):
    """A purchase of which everything is shipped, the money is in, and the invoice issued."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship(f"parcel-{uuid.uuid4().hex}", ("1", 2, 0), ("2", 3, 0))
    await shopper.settled_as("complete")
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0].get("invoicePDFs"))
    return shopper


async def completed(shop):
    """A purchase that has closed well, and knows it."""
    shopper = await shipped(shop)
    await hear_all(shopper)
    await shopper.handle.result()
    return shopper


async def unpaid(shop):
    """A purchase that has closed because nobody paid, and knows it."""
    shopper = await pending(shop)
    await shopper.at_provider("expire")
    await hear_all(shopper)
    await shopper.handle.result()
    return shopper


async def pending(shop):
    """A purchase that waits for money."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await hear_all(shopper)
    return shopper


async def accepted(shop):
    """A purchase that is ready to ship, and knows it."""
    shopper = await shop.begin()
    await shopper.order()
    await hear_all(shopper)
    return shopper


async def healthy(shop):
    """Purchases of which we know all there is."""
    cancelled = await accepted(shop)
    await cancelled.cancel()
    await cancelled.settled_as("cancelled")
    await hear_all(cancelled)
    returned = await completed(shop)
    await refund_all(returned)
    await hear_all(returned)
    waiting = [await pending(shop), await accepted(shop), await shop.begin()]
    return [cancelled, returned, await completed(shop), await unpaid(shop), *waiting]


async def missed_acceptance(shop):
    """Nobody told us that the money came."""
    shopper = await pending(shop)
    await shopper.at_provider("pay")
    return shopper, State.ACCEPTED


async def missed_cancellation(shop):
    """Nobody told us that the payment window has closed."""
    shopper = await pending(shop)
    await shopper.at_provider("expire")
    return shopper, State.CANCELLED


async def missed_block(shop):
    """Nobody told us that the review said no."""
    shopper = await pending(shop)
    await shopper.at_provider("pay", then="review")
    await shopper.at_provider("review", decision="block")
    return shopper, State.BLOCKED


async def missed_capture(shop):
    """Nobody told us that the captures are complete."""
    return await shipped(shop), State.COMPLETE


async def missed_dispute(shop):
    """Nobody told us of a dispute after the end."""
    shopper = await completed(shop)
    await shopper.at_provider("dispute")
    return shopper, State.DISPUTED


async def late_money(shop):
    """Nobody told us that money came after the end."""
    shopper = await unpaid(shop)
    await shopper.at_provider("pay", force=True)
    return shopper, State.CANCELLED


async def stray_order(shop):
    """An order of a checkout that the purchase believes unused."""
    shopper = await shop.begin()
    checkout = (await shopper.record()).checkout
    await order_checkout(shop, await shop.digital_river.get_checkout(checkout.id))
    return shopper, State.CHECKOUT


async def late_return(shop):
    """Nobody told us that a complete purchase was given back."""
    shopper = await completed(shop)
    await refund_all(shopper)
    return shopper, State.RETURNED


PLANTED = (
    *[missed_acceptance] * 4,
    *[missed_cancellation] * 2,
    *[missed_block] * 2,
    *[missed_capture] * 3,
    *[missed_dispute] * 3,
    *[late_money] * 2,
    *[stray_order] * 2,
    *[late_return] * 2,
)

NO_EVENTS = {"method": "GET", "path": "/events", "kind": "status", "status": 501, "times": 0}
NO_ORDERS = {"method": "GET", "path": "/orders", "kind": "status", "status": 405, "times": 0}


async def test_sweep_finds_every_difference_and_no_other(shop, sweeper):
    """Of 20 differences of 8 kinds among healthy purchases 20 are found and mended, 0 false."""
    assert 20 == len(PLANTED)
    await found_and_mended(shop, sweeper, PLANTED)


@pytest.mark.parametrize("lacking", [NO_EVENTS, NO_ORDERS], ids=["no events", "no order list"])
async def test_each_list_alone_leads_to_all_kinds(shop, sweeper, lacking):
    """A Digital River without one of the lists is swept by the other, and each finds all 8."""
    await found_and_mended(shop, sweeper, tuple(dict.fromkeys(PLANTED)), lacking)


async def found_and_mended(shop, sweeper, planted, *lacking):
    """Plant differences among healthy purchases, sweep, and see who is told and what follows."""
    well, *ill = await asyncio.gather(healthy(shop), *(plant(shop) for plant in planted))
    await order_elsewhere(shop, "another-environment-1")
    await order_elsewhere(shop, well[-1].id)
    for fault in lacking:
        await shop.control("POST", "faults", fault)
    before = [await shopper.record() for shopper in well]
    swept = await sweeper.sweep()
    told = await sweeper.owners(swept.told)

    assert {shopper.id for shopper, _ in ill} == set(told)
    for (shopper, state), plant in zip(ill, planted, strict=True):
        record = await shopper.until(state)
        if plant is late_money:
            assert "late_payment" == record.needs_attention.reason
        if plant is stray_order:
            await shopper.settled_as("cancelled")
    assert before == [await shopper.record() for shopper in well]


async def test_what_was_told_is_not_told_again(shop, sweeper):
    """The next sweep goes on from there; what both see again stays told."""
    shopper = await completed(shop)
    await shop.control("POST", "clock/advance", {"by": "PT1M"})
    await shopper.at_provider("dispute")
    first = await sweeper.sweep()
    await sweeper.owners(first.told)
    second = await sweeper.sweep()

    assert State.DISPUTED is (await shopper.record()).state
    assert (True, 0) == (first.told > 0, second.told)
    assert 0 < second.looked_at < first.looked_at
    for before, after in ((first.events, second.events), (first.orders, second.orders)):
        assert (
            after.since
            >= before.since
            > (await shopper.record()).created_time - timedelta(seconds=2)
        )


async def test_same_difference_at_another_time_is_told_again(shop, sweeper):
    """A second dispute shows the same as the first did, and is told all the same."""
    await shop.control("POST", "faults", NO_EVENTS)
    shopper, _ = await missed_dispute(shop)
    told = [(await sweeper.sweep()).told]
    await shopper.until(State.DISPUTED)
    await shopper.at_provider("resolve")
    told.append((await sweeper.sweep()).told)
    await shopper.until(State.COMPLETE)
    await shop.control("POST", "clock/advance", {"by": "PT1M"})
    await shopper.at_provider("dispute")
    told.append((await sweeper.sweep()).told)
    await shopper.until(State.DISPUTED)

    assert [1, 1, 1] == told


async def test_list_that_is_away_does_not_keep_the_other_from_being_looked_at(shop, sweeper):
    """What the orders show is told at once, events or not; the events' mark stays."""
    shopper, _ = await missed_dispute(shop)
    fault = {**NO_EVENTS, "status": 503}
    await shop.control("POST", "faults", fault)
    sweeping = asyncio.create_task(sweeper.sweep())
    running = await sweeper.running()
    await shopper.until(State.DISPUTED)
    under_way = (await running.describe()).status
    await shop.temporal.fast_forward(running, timedelta(minutes=20))
    first = await sweeping
    await shop.control("DELETE", "faults")
    second = await sweeper.sweep()

    assert (WorkflowExecutionStatus.RUNNING, 1) == (under_way, first.told)
    assert first.events.since < shopper_born(await shopper.record()) < second.events.since


async def test_walk_that_cannot_go_on_begins_again(shop, sweeper, monkeypatch):
    """Where the rest of a list is not to be had, the next sweep looks at what is new again."""
    monkeypatch.setattr("activities.walk.MOST_FOUND", 1)
    await missed_dispute(shop)
    first = await sweeper.sweep()
    await shop.control("POST", "faults", {**NO_EVENTS, "status": 503})
    sweeping = asyncio.create_task(sweeper.sweep())
    await shop.temporal.fast_forward(await sweeper.running(), timedelta(minutes=20))
    second = await sweeping

    assert first.events.after is not None
    assert Walk(since=first.events.since) == second.events


async def test_events_are_not_asked_for_that_are_forgotten(shop, monkeypatch):
    """However long the list was away, it is asked for no more than Digital River remembers."""
    begins = []
    real = shop.digital_river.list_events

    async def noting(**query):
        begins.append(query["created_time_gte"])
        return await real(**query)

    monkeypatch.setattr(shop.digital_river, "list_events", noting)
    now = datetime.now(UTC)
    asked = Sweeping(
        walk=Walk(since=now - timedelta(days=60)), overlap=timedelta(0), grace=timedelta(0)
    )
    activities = SweepActivities(shop.digital_river, shop.records)
    await ActivityEnvironment().run(activities.events, asked)

    assert [True] == [timedelta(days=28) < now - begin < timedelta(days=30) for begin in begins]


def shopper_born(record):
    """When the purchase began, to the second."""
    return record.created_time.replace(microsecond=0)


class TestGrace:
    @pytest.fixture
    def plan(self) -> SweepPlan:
        """Whatever is less than an hour old may be on its way."""
        return SweepPlan(overlap=timedelta(seconds=2), grace=timedelta(hours=1))

    async def test_young_difference_is_left_to_its_webhook(self, shop, sweeper):
        """What has just happened is not told, and is seen again next time."""
        shopper, _ = await missed_dispute(shop)
        await shop.until_ledger(shopper, lambda ledger: "order.invoice.created" in str(ledger))
        swept = [await sweeper.sweep(), await sweeper.sweep()]

        assert State.COMPLETE is (await shopper.record()).state
        assert [0, 0] == [each.told for each in swept]
        assert swept[0].looked_at == swept[1].looked_at > 0


async def test_order_made_at_digital_river_is_found_though_its_event_was_lost(shop, sweeper):
    """Prebuilt Checkout's event stands in the list: the sweep lets the purchase begin."""
    request = {"currency": "EUR", "items": [{"skuId": "boots", "quantity": 1, "price": 10}]}
    session = await shop.digital_river.create_checkout_session(
        request | {"shipFrom": {"address": {"country": "DE"}}}
    )
    order = await shop.control("POST", f"checkout-sessions/{session.id}/buy", {})
    await sweeper.sweep()
    owners = await sweeper.owners(1)
    # Now that it is ours, the other events of that order are missed ones.
    again = await sweeper.sweep()
    both = await sweeper.owners(1 + again.told)

    assert [f"dr-{order['id']}"] == owners
    assert set(owners) == set(both)
