"""Purchases that explain themselves while they run, and never with anything personal."""

import asyncio
import json
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint
from ferryman.search_attributes import ORDER_ID, WAITING_FOR
from tests.conftest import program
from tests.workflows.conftest import ADDRESS, DECLINED_CARD
from tests.workflows.refunding import completed, fulfilled, look, refund
from tests.workflows.test_explaining import lines_of
from tests.workflows.test_parked_event import event, park
from tests.workflows.test_returns import accept, announce
from workflows.explaining import WAITS_FOR
from workflows.happenings import GAP
from workflows.sweep import Sweep, SweepPlan

DOWN = {"kind": "status", "status": 503, "times": 0}
CANARIES = {
    "e-mail": "kanarie@example.com",
    "name": "Kana Rienvogel",
    "street": "Vogelweg 17",
    "city": "Federstadt",
    "telephone": "+49 40 5550101",
    "organisation": "Zwitscher GmbH",
    "address": "198.51.100.77",
    "customer": "customer-4711",
    "note": "rings-like-a-bell",
    "why cancelled": "my aunt Tilly died",
    "why refunded": "scratched by uncle Otto",
    "why returned": "too tight for Lina",
    "tracking": "TRACK-00340434",
}
PERSON = {
    "name": CANARIES["name"],
    "phone": CANARIES["telephone"],
    "organization": CANARIES["organisation"],
    "address": {**ADDRESS, "line1": CANARIES["street"], "city": CANARIES["city"]},
}


async def details(handle) -> str:
    """The current details, as the Web UI asks for them."""
    asked = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return asked.current_details


async def shown(handle) -> str:
    """All that the Web UI shows of a workflow without opening a payload of its steps."""
    described = await handle.describe()
    history = await handle.fetch_history()
    parts = [
        described.id,
        str(await described.static_summary()),
        str(await described.static_details()),
        json.dumps({name: str(value) for name, value in (await described.memo()).items()}),
        str(described.typed_search_attributes),
        await details(handle),
    ]
    parts += [summary_of(event) + MessageToJson(event.user_metadata) for event in history.events]
    return "\n".join(parts)


def summary_of(event) -> str:
    """The words that the Web UI shows on a timer or an activity."""
    return event.user_metadata.summary.data.decode()


def nameless(history) -> list[str]:
    """What of a history the Web UI can only show by its number."""
    kinds = {
        EventType.EVENT_TYPE_TIMER_STARTED: "timer",
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activity",
        EventType.EVENT_TYPE_MARKER_RECORDED: "step",
    }
    return [
        f"{kinds[event.event_type]} {event.event_id}"
        for event in history.events
        if event.event_type in kinds and not summary_of(event)
    ]


def all_workflows(shop):
    """All that this test has started."""
    return shop.temporal.client.list_workflows(f"TaskQueue = '{shop.task_queue}'")


async def refunded(shop, shopper, **asked):
    """A refund that has come to its end, and its workflow."""
    await refund(shopper, amount=1, **asked)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    handle = await look(shopper)
    await handle.result()
    return handle


async def test_purchase_that_waits_for_money_says_so(shop):
    """What for, from whom, until when in UTC, what then, what happened, and what may be done."""
    shopper = await shop.begin()
    record = await shopper.order("wireTransfer")
    text = await details(shopper.handle)

    assert text.startswith("### pending_payment")
    assert f"| **{WAITS_FOR}**{GAP} | the shopper's money |" in text
    assert f"| **Until**{GAP} | {record.waiting_for.until:%Y-%m-%d %H:%M:%S} UTC |" in text
    assert "the shopper accepted the terms and submitted" in text
    assert f"of `/purchases/{shopper.id}`: `POST …/refresh`, `POST …/cancel`." in text
    assert f"-w purchase/{shopper.id} --name operate" in text


async def carry_out(shop, line: str) -> None:
    """Do what a line of the Web UI does, in a shell with nothing but the `temporal` program."""
    process = await asyncio.create_subprocess_shell(
        line,
        env={
            "PATH": str(Path(program("temporal")).parent),
            "HOME": "/nonexistent",
            "TEMPORAL_ADDRESS": shop.temporal.client.service_client.config.target_host,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert 0 == process.returncode, output.decode()


async def test_every_act_that_is_offered_can_be_carried_out_as_it_stands(shop):
    """The lines need no more than who and why; each is offered for as long as it makes sense."""
    shopper = await shop.begin()
    await shopper.order("wireTransfer")
    done = []
    for _ in range(5):
        lines = lines_of(await details(shopper.handle))
        offered = {json.loads(shlex.split(line)[-1])["action"]: line for line in lines}
        new = [action for action in offered if action not in {*done, "forceCancel"}]
        done.append(next(iter(new), "forceCancel"))
        await carry_out(shop, offered[done[-1]])

    assert ["reread", "extendDeadline", "hold", "release", "forceCancel"] == done
    assert "cancelled" == (await shopper.record()).state


async def test_step_that_fails_is_named_until_it_comes_through(shop):
    """Whoever looks sees which step, why, and later that it is over."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.fault(method="GET", path="/orders/*", **DOWN)
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shop.until(shopper, lambda record: record.waiting_for.what == "provider")
    failing = await details(shopper.handle)
    await shopper.travel(timedelta(minutes=6))
    await shop.until(shopper, lambda record: record.needs_attention)
    called = await details(shopper.handle)
    await shop.control("DELETE", "faults")
    await shopper.travel(timedelta(minutes=2))
    await shop.until(shopper, lambda record: record.needs_attention is None)

    assert "**A step fails: `read the order`**" in failing
    assert "`Untouched`" in failing
    assert '"action":"retry"' in failing
    assert "**A person is needed: `provider_away`**" in called
    assert "A step fails" not in await details(shopper.handle)


async def test_closed_purchase_says_how_it_ended_and_what_is_left_to_do(shop):
    """Refunds and returns are still possible, and the words stay readable after the end."""
    shopper = await completed(shop)
    text = await details(shopper.handle)

    assert "Everything was shipped or cancelled, and the money is here." in text
    assert f"of `/purchases/{shopper.id}`: `POST …/refunds`, `POST …/returns`." in text


async def test_refund_says_on_whom_it_waits(shop):
    """A refund of pushed money waits for the shopper's bank details, and says until when."""
    shopper = await fulfilled(shop, "konbini")
    await refund(shopper, amount=1)
    await shop.until_ledger(
        shopper, lambda ledger: ledger["refunds"][0]["state"] == "pending_information"
    )
    handle = await look(shopper)
    await shop.until(shopper, lambda record: record.refunds[0].information)
    text = await details(handle)

    assert f"| **{WAITS_FOR}**{GAP} | the shopper says where the money shall go |" in text
    assert "UTC |" in text
    assert "--name look" in text


async def test_refund_costs_no_event_for_what_the_search_knows(shop):
    """What stands among the search attributes already is not written again."""
    shopper = await fulfilled(shop)
    handle = await refunded(shop, shopper)
    described = await handle.describe()
    upserts = [
        event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
        for event in (await handle.fetch_history()).events
        if event.HasField("upsert_workflow_search_attributes_event_attributes")
    ]

    assert [{WAITING_FOR.name, ORDER_ID.name}, {WAITING_FOR.name}] == [{*each} for each in upserts]
    assert None is described.typed_search_attributes.get(WAITING_FOR)


async def test_event_without_a_purchase_says_until_when_it_looks(shop):
    """It is looked for three days long; the time in the Web UI is the one that holds."""
    handle = await park(shop, event("999999999998", Hint.ACCEPTED))
    began = (await handle.describe()).start_time
    looking = await details(handle)
    await handle.terminate()

    assert looking.startswith("### Looking for its purchase")
    assert f"| {began + timedelta(hours=72):%Y-%m-%d %H:%M}" in looking


async def test_late_money_is_explained_at_the_event_that_brought_it(shop):
    """The purchase has closed: the event's own page says whose it is and what to do."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("expire")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    await shopper.handle.result()
    await shopper.at_provider("pay", force=True)
    handle = await park(shop, event(await shopper.order_id(), Hint.ACCEPTED))
    await handle.result()
    text = await details(handle)

    assert f"It belongs to `purchase/{shopper.id}`" in text
    assert "**A person is needed: `late_payment`**" in text
    assert "where its workflow has ended too, both are refused: give it back in Digital" in text


async def test_sweep_says_what_it_looked_at_and_whom_it_told(shop):
    """An order that nobody had told us of is named, and so is how far the lists were read."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("pay")
    await shopper.settled_as("accepted")
    plan = SweepPlan(overlap=timedelta(minutes=10), grace=timedelta(0))
    handle = await shop.temporal.client.start_workflow(
        Sweep.run, plan, id=f"sweep/{shop.task_queue}", task_queue=shop.task_queue
    )
    swept = await handle.result()
    text = await details(handle)

    assert text.startswith(f"### {swept.told} handed on")
    assert f"of order `{await shopper.order_id()}`" in text
    assert "looked at (all there are)" in text


async def test_nobody_is_named_in_a_whole_life(shop):
    """Decline, dispute, refund, return, cancellation: thirteen canaries, none of them shown."""
    shopper = await shop.begin(
        email=CANARIES["e-mail"],
        browserIp=CANARIES["address"],
        customer={"id": CANARIES["customer"], "email": CANARIES["e-mail"]},
        shipTo=PERSON,
        billTo=PERSON,
        metadata={"note": CANARIES["note"]},
    )
    await shopper.variant(settle_delay="PT0.02S", capture_delay="PT0.02S")
    with pytest.raises(WorkflowUpdateFailedError):
        await shopper.order(card=DECLINED_CARD)
    await shopper.until("payment_failed")
    texts = [await details(shopper.handle)]
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0))
    await shopper.cancel(items=[{"lineId": "2", "quantity": 1}], reason=CANARIES["why cancelled"])
    await shopper.ship("parcel-2", ("2", 2, 0))
    await shopper.settled_as("complete")
    await shopper.at_provider("dispute")
    await shopper.tell("order.dispute", Hint.DISPUTED)
    await shopper.until("disputed")
    texts.append(await details(shopper.handle))
    await shopper.at_provider("resolve")
    await shopper.tell("order.dispute.resolved", Hint.RESOLVED)
    await shopper.until("fulfilled", "complete")
    await refunded(shop, shopper, reason=CANARIES["why refunded"])
    await announce(shopper, ("1", 1))
    await accept(shopper)
    workflows = [each async for each in all_workflows(shop)]
    client = shop.temporal.client
    texts += [await shown(client.get_workflow_handle(each.id)) for each in workflows]
    everything = "\n".join(texts)

    assert {"Purchase", "Refund", "Return"} <= {each.workflow_type for each in workflows}
    assert [] == [what for what, said in CANARIES.items() if said in everything]
    assert "payment_declined" not in everything


async def test_every_timer_and_activity_of_a_life_bears_words(shop):
    """The Web UI shows what each of them is for, and not only its number."""
    shopper = await completed(shop)
    await refunded(shop, shopper)
    await announce(shopper, ("2", 1))
    histories = [history async for history in all_workflows(shop).map_histories()]

    assert 3 <= len(histories)
    assert [] == [each for history in histories for each in nameless(history)]
