"""The purchases that the runbook's commands are about, brought into the state they are for."""

import asyncio
import base64
import uuid
from contextlib import suppress
from datetime import timedelta

from faults.travel.shopper import Refused
from ferryman.purchase.messages import Hint, ProviderEvent
from workflows.parked_event import HOPE, ParkedEvent

LONG_AFTER = HOPE + timedelta(hours=8)
NEVER_PAID = {"unpaid": "silent", "pending_cancel": "refuse"}
CAPTURE_FAILS, CANCEL_FAILS = "4000000000004103", "4000000000004442"
ONE_PIECE = ("1", 1, 0)
RING = "k1:" + base64.b64encode(bytes(32)).decode()


async def called(shopper, reason):
    """Wait until a person is called for this reason."""
    await shopper.shows(lambda view: reason == (view["needsAttention"] or {}).get("reason"))


async def anything(stage):
    """Nothing in particular."""
    del stage
    return {}


async def opened(stage):
    """A purchase whose shopper still shops."""
    shopper = await stage.world.open()
    return {"PURCHASE": shopper.id}


async def accepted(stage):
    """A purchase ready to be shipped."""
    shopper = await stage.world.open()
    await shopper.order()
    await shopper.until("accepted")
    return {"PURCHASE": shopper.id, "ORDER": (await shopper.view())["order"]["id"], "N": "1"}


async def reviewed_too_long(stage):
    """In review beyond the window."""
    shopper = await stage.world.open()
    await shopper.order(last_name="Review")
    await called(shopper, "review_overdue")
    return {"PURCHASE": shopper.id}


async def uncaptured(stage):
    """A parcel whose money was refused."""
    shopper = await stage.world.open()
    await shopper.order(card=CAPTURE_FAILS)
    await shopper.until("accepted")
    await shopper.ship("parcel-1", ONE_PIECE)
    await called(shopper, "capture_failed")
    return {"PURCHASE": shopper.id}


async def left_unpaid(stage):
    """Ended unpaid, and Digital River did not cancel its order."""
    shopper = await stage.world.open()
    await shopper.variant(**NEVER_PAID)
    await shopper.order("konbini")
    await called(shopper, "unpaid_order_not_cancelled")
    return {"PURCHASE": shopper.id}


async def paid_late(stage):
    """Ended unpaid, and then paid."""
    told = await left_unpaid(stage)
    shopper = stage.world.known(told["PURCHASE"])
    await shopper.at_provider("pay")
    await called(shopper, "late_payment")
    return told


async def not_cancelled(stage):
    """A cancellation that Digital River refuses."""
    told = await accepted(stage)
    shopper = stage.world.known(told["PURCHASE"])
    refused = {"method": "POST", "path": "/fulfillments", "kind": "status", "status": 409}
    await shopper.fault(**refused, times=1)
    with suppress(Refused):
        await shopper.cancel(by="merchant")
    await called(shopper, "cancellation_refused")
    return told


async def not_released(stage):
    """A cancellation whose money stays held."""
    shopper = await stage.world.open()
    await shopper.order(card=CANCEL_FAILS)
    await shopper.until("accepted")
    await shopper.cancel(by="merchant")
    await called(shopper, "cancellation_failed")
    return {"PURCHASE": shopper.id}


async def not_shipped(stage):
    """A parcel that was held, and refused by Digital River when it was let go."""
    told = await accepted(stage)
    shopper = stage.world.known(told["PURCHASE"])
    act = f"/purchases/{shopper.id}/operations"
    await shopper.call("POST", act, {"action": "hold", "reason": "looks odd"})
    await shopper.ship("parcel-1", ONE_PIECE)
    refused = {"method": "POST", "path": "/fulfillments", "kind": "status", "status": 400}
    await shopper.fault(**refused, times=1)
    await shopper.call("POST", act, {"action": "release", "reason": "looks well"})
    await called(shopper, "shipment_refused")
    return told


async def step_failing(stage):
    """A parcel that is tried and tried, since Digital River answers 503."""
    told = await accepted(stage)
    shopper = stage.world.known(told["PURCHASE"])
    away = {"method": "POST", "path": "/fulfillments", "kind": "status", "status": 503}
    await shopper.fault(**away, times=0)
    stage.beside(shopper.ship("parcel-1", ONE_PIECE))
    await shopper.shows(lambda view: view["waitingFor"]["what"] == "provider")
    return {**told, "ACTIVITY": await again_under_way(shopper.handle)}


async def again_under_way(handle):
    """The id of the step that is tried a second time and on."""
    while True:
        pending = (await handle.describe()).raw_description.pending_activities
        for each in pending:
            if each.activity_type.name == "fulfill" and each.attempt > 1:
                return each.activity_id
        await asyncio.sleep(0.05)


async def order_hidden(stage):
    """An order that was created without an answer, and that no list shows."""
    shopper = await stage.world.open()
    await shopper.choose()
    await shopper.variant(late_index="PT1H")
    lost = {"method": "POST", "path": "/orders", "kind": "reset_after"}
    await shopper.fault(**lost, times=1)
    stage.beside(shopper.submit())
    ledger = await shopper.booked(lambda ledger: ledger["orders"])
    return {"PURCHASE": shopper.id, "ORDER": ledger["orders"][0]["id"]}


async def shipped(stage):
    """Everything shipped, and paid for."""
    told = await accepted(stage)
    shopper = stage.world.known(told["PURCHASE"])
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.until("complete")
    return told


async def ended(stage):
    """A purchase that has ended."""
    shopper = await stage.world.open()
    await shopper.cancel(by="customer")
    await shopper.handle.result()
    return {"PURCHASE": shopper.id}


async def parked_event(stage):
    """An event that looks for its purchase."""
    return {**await accepted(stage), "EVENT": (await parked(stage))[0]}


async def nobodys_event(stage):
    """An event for which no purchase was found in three days."""
    return {**await accepted(stage), "EVENT": await stage.waited_for(nobodys)}


async def nobodys(stage):
    """Let three days pass for an event; its id."""
    event_id, handle = await parked(stage)
    await stage.temporal.fast_forward(handle, LONG_AFTER)
    while "NeedsAttention" not in (await handle.describe()).search_attributes:
        await asyncio.sleep(0.05)
    return event_id


async def parked(stage):
    """Park an event of an order that nobody knows."""
    event = ProviderEvent(
        id=f"evt-{uuid.uuid4().hex}", name="order.accepted", hint=Hint.ACCEPTED, order_id="x-1"
    )
    handle = await stage.temporal.client.start_workflow(
        ParkedEvent.run,
        event,
        id=f"parked-event/{event.id}",
        task_queue=stage.world.parts.task_queue,
    )
    return event.id, handle


async def webhook_disabled(stage):
    """The webhook at Digital River, disabled."""
    (hook,) = await stage.river("GET", "/webhooks")
    await stage.river("PATCH", f"/webhooks/{hook['id']}", {"enabled": False})
    return {"WEBHOOK": hook["id"]}


async def encrypted(stage):
    """Keys in the environment."""
    del stage
    return {"FERRYMAN_ENCRYPTION_KEYS": RING}


async def new_namespace(stage):
    """A name that no namespace has."""
    del stage
    return {"NEW_NAMESPACE": f"n{uuid.uuid4().hex[:8]}"}


async def file_to_copy(stage):
    """The records' file, and where a copy goes."""
    return {"DATABASE_FILE": str(stage.file), "BACKUP": f"{stage.file}.backup"}


async def server_to_copy(stage):
    """Records on a server, and a file for the copy."""
    return await stage.on_a_server()


async def server_copied(stage):
    """Records on a server that were copied."""
    told = await stage.on_a_server()
    code, printed = await stage.run('pg_dump --format=custom --file="$BACKUP" "$DATABASE"', told)
    assert code == 0, printed
    return told
