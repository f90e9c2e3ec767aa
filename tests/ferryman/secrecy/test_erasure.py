import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from typer.testing import CliRunner

from ferryman.__main__ import app
from ferryman.digital_river.errors import (
    Ambiguous,
    Conflict,
    InvalidRequest,
    NotFound,
    Unauthorized,
    Unavailable,
)
from ferryman.purchase.messages import Shipment
from ferryman.purchase.operations import Hold
from ferryman.purchase.purchase import Refund, RefundState, Return, ReturnState
from ferryman.records.outbox import Outbox
from ferryman.records.tables import claims, data_keys
from ferryman.secrecy.codec import ENCODING
from ferryman.secrecy.converter import encrypting
from ferryman.secrecy.erasure import Erasure, NoSuchPurchase, NotForgotten, Outcome, StillOpen
from ferryman.secrecy.ring import KeyRing
from ferryman.secrecy.scrubbing import scrubbed
from tests.ferryman.secrecy.conftest import NEWER_TEXT, RING_TEXT
from tests.ferryman.secrecy.test_surfaces import client_with, raw
from tests.workflows.conftest import sandbox_url, settle_time, shop
from workers.worker import WORKFLOWS, sandboxed
from workflows.purchase import Purchase

__all__ = ["sandbox_url", "settle_time", "shop"]

# The shop's own replay does not decrypt; here a test does that itself.
pytestmark = pytest.mark.no_replay

PERSON = ("Erika Beispiel", "erika@example.com", "Neuer Wall", "192.0.2.7")
REASON = "my husband Otto found out"
TRACKING = "00340434161094015902"


@pytest.fixture
def temporal(temporal, keys):
    """The dev server, spoken to in cipher."""
    client = client_with(temporal.client, encrypting(keys))
    return SimpleNamespace(client=client, fast_forward=temporal.fast_forward)


@pytest.fixture
def forgotten():
    """The orders that Digital River was asked to forget."""
    return []


@pytest.fixture
def erasure(temporal, records, process, forgotten):
    """Erases persons, with processes that remember keys for no time at all."""

    async def forget(order_id):
        forgotten.append(order_id)

    keys = process(lifetime=timedelta())
    return Erasure(temporal.client, records, keys, forget, patience=timedelta())


async def cancelled(shop):
    """A purchase that was ordered, partly shipped, and cancelled with a personal reason."""
    shopper = await shop.begin()
    await shop.records.claim(f"key-{shopper.id}", "hash of the request", shopper.id)
    await shop.records.answer(
        f"key-{shopper.id}", (await shopper.record()).model_dump_json(by_alias=True).encode()
    )
    await shopper.cancel(reason=REASON)
    await shopper.handle.result()
    return shopper


async def everything(shop, purchase_id):
    """All that our records hold of a purchase."""
    record = await shop.records.get(purchase_id)
    entries = await shop.records.timeline(purchase_id)
    async with shop.records.engine.connect() as connection:
        query = select(claims).where(claims.c.purchase_id == purchase_id)
        claimed = [tuple(row) for row in await connection.execute(query)]
    return f"{record!r}{entries!r}{claimed!r}"


async def inputs(shop, shopper):
    """What Temporal shows of the purchase's beginning."""
    history = await shopper.handle.fetch_history()
    payloads = history.events[0].workflow_execution_started_event_attributes.input.payloads
    return await shop.temporal.client.data_converter.payload_codec.decode(payloads)


async def test_erase(shop, erasure, process):
    """Temporal's side reads `[erased]`, ours holds nothing of the person, both still list it."""
    shopper, other = await cancelled(shop), await cancelled(shop)
    before = await everything(shop, shopper.id)
    outcome = await erasure.erase(shopper.id, "erika")
    client = client_with(shop.temporal.client, encrypting(process()))
    shop.temporal.client = client  # one that remembers no key
    after = await everything(shop, shopper.id)
    entries = await shop.records.timeline(shopper.id)
    record = await shopper.record()
    listed = await shop.records.list(limit=10)
    described = await client.get_workflow_handle(shopper.handle.id).describe()

    assert Outcome.ERASED is outcome
    assert [b'"[erased]"'] == [each.data for each in await inputs(shop, shopper)]
    assert REASON in before
    assert REASON not in after
    assert "hash of the request" not in after
    assert ("cancelled", "customer") == (record.state, record.reason)
    assert ("act", "person_erased", {"by": "erika"}) == (
        entries[-1].kind,
        entries[-1].name,
        entries[-1].detail,
    )
    assert [shopper.id, other.id] == sorted(each.id for each in listed.data)
    assert "COMPLETED" == described.status.name
    assert PERSON[0].encode() in (await inputs(shop, other))[0].data
    assert REASON in await everything(shop, other.id)


async def test_again(shop, erasure):
    """A second time nothing happens."""
    shopper = await cancelled(shop)
    await erasure.erase(shopper.id, "erika")
    once = await everything(shop, shopper.id)

    assert Outcome.ALREADY is await erasure.erase(shopper.id, "otto")
    assert once == await everything(shop, shopper.id)


async def test_open(shop, erasure, records):
    """Whoever still buys is not erased, and nothing changes."""
    shopper = await shop.begin()

    with pytest.raises(StillOpen, match=f"purchase/{shopper.id} is open"):
        await erasure.erase(shopper.id, "erika")
    async with records.engine.connect() as connection:
        rows = (await connection.execute(select(data_keys))).all()
    assert {None} == {row.retired_time for row in rows}
    await shopper.cancel()


async def test_unknown(erasure):
    """What there is not cannot be erased."""
    with pytest.raises(NoSuchPurchase):
        await erasure.erase("p-none", "erika")


async def test_broken_off(shop, erasure, process):
    """What was broken off after the key is made good by doing it again."""
    shopper = await cancelled(shop)
    await process().retire([f"purchase/{shopper.id}"])
    await process().destroy([f"purchase/{shopper.id}"])

    assert Outcome.ERASED is await erasure.erase(shopper.id, "erika")
    assert REASON not in await everything(shop, shopper.id)


@pytest.fixture
async def ordered(shop):
    """A purchase that was ordered, sent and paid."""
    shopper = await shop.begin()
    await shopper.order()
    items = [{"lineId": "1", "quantity": 2}, {"lineId": "2", "quantity": 3}]
    parcel = {"shipmentId": "parcel-1", "items": items, "trackingNumber": TRACKING}
    await shopper.handle.execute_update(Purchase.fulfillments, Shipment.model_validate(parcel))
    await shop.until_ledger(
        shopper, lambda ledger: "complete" in str(ledger["charges"][0].get("captures"))
    )
    await shopper.travel(timedelta(days=1))
    await shopper.until("complete")
    await shopper.handle.result()
    return shopper


async def test_after_a_sale(shop, ordered, erasure, forgotten):
    """Tracking, links and free text go; what was sold and paid stays; Digital River is asked."""
    shopper = ordered
    before = repr(await Outbox(shop.records.engine).of(shopper.id))
    await erasure.erase(shopper.id, "erika")
    record = await shopper.record()
    after = repr(await Outbox(shop.records.engine).of(shopper.id))
    taken_over = await everything(shop, shopper.id)

    assert [await shopper.order_id()] == forgotten
    assert "complete" == record.state
    assert record.checkout is not None
    assert record.order is not None
    assert record.checkout.payment.session is None
    assert record.checkout.total_amount is not None
    assert {"[erased]"} >= {each.url for each in record.documents}
    assert (True, False, False) == tuple(TRACKING in each for each in (before, after, taken_over))


def refusing(erasure, error):
    """The same, where Digital River answers like this."""

    async def forget(_):
        raise error

    return replace(erasure, forget_order=forget)


async def is_erased(shop, process, shopper):
    """Tell whether neither Temporal nor our records tell of the person."""
    shop.temporal.client = client_with(shop.temporal.client, encrypting(process()))
    texts = [each.data for each in await inputs(shop, shopper)]
    return texts == [b'"[erased]"'] and REASON not in await everything(shop, shopper.id)


async def test_order_that_is_gone(shop, ordered, erasure, process):
    """An order that Digital River does not know any more is forgotten there."""
    outcome = await refusing(erasure, NotFound(404)).erase(ordered.id, "erika")

    assert Outcome.ERASED is outcome
    assert await is_erased(shop, process, ordered)


@pytest.mark.parametrize("error", [InvalidRequest(400), Conflict(409)])
async def test_refused_there(shop, ordered, erasure, process, error):
    """Where Digital River refuses to forget, it is told, and everything of ours is gone."""
    with pytest.raises(NotForgotten, match=f"refuses to forget its order: {error.status}"):
        await refusing(erasure, error).erase(ordered.id, "erika")

    assert await is_erased(shop, process, ordered)


@pytest.mark.parametrize("error", [Unavailable(503), Ambiguous(), Unauthorized(401)])
async def test_away_there(ordered, erasure, process, error):
    """Where Digital River may yet forget, the key stays until it is asked again."""
    with pytest.raises(type(error)):
        await refusing(erasure, error).erase(ordered.id, "erika")

    assert 1 == (await process().get(f"purchase/{ordered.id}", 1)).generation
    assert Outcome.ERASED is await erasure.erase(ordered.id, "erika")


async def test_words(shop):
    """No reason or sentence outlives the scrubbing, be it an operator's or the provider's."""
    record = await (await cancelled(shop)).record()
    now, words = record.created_time, {"reason": REASON, "failure_reason": REASON}
    times = {"created_time": now, "updated_time": now}
    said = record.model_copy(
        update={
            "customer_message": REASON,
            "hold": Hold(actor="erika", reason=REASON, since=now),
            "refunds": (
                Refund(refund_id="r", state=RefundState.FAILED, currency="EUR", **words, **times),
            ),
            "returns": (
                Return(return_id="b", state=ReturnState.REFUSED, items=(), **words, **times),
            ),
        }
    )

    assert 6 <= said.model_dump_json().count(REASON)
    assert REASON not in scrubbed(said).model_dump_json()


async def test_later_refund(shop, erasure, process):
    """What comes after the erasure has a key of its own, and is readable until the next one."""
    shopper = await cancelled(shop)
    await erasure.erase(shopper.id, "erika")
    key = await process().current(f"purchase/{shopper.id}")

    assert 2 == key.generation
    assert Outcome.ERASED is await erasure.erase(shopper.id, "erika")
    assert Outcome.ALREADY is await erasure.erase(shopper.id, "erika")


async def test_replay(shop, process):
    """An encrypted history of a purchase that was not erased is replayed."""
    shopper = await cancelled(shop)
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=sandboxed(),
        namespace="default",
        data_converter=encrypting(process()),
    )
    history: WorkflowHistory = await shopper.handle.fetch_history()
    await replayer.replay_workflow(history)
    lying = raw(history)

    assert [] == [each for each in (*PERSON, REASON) if each.encode() in lying]
    assert ENCODING in lying


@pytest.fixture
def told(monkeypatch, temporal, database_url, tmp_path):
    """What the command is told by its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FERRYMAN_DATABASE_URL", database_url)
    monkeypatch.setenv("FERRYMAN_ENCRYPTION_KEYS", RING_TEXT)
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.client.service_client.config.target_host)


async def run_command(*words):
    """Run a command as a process would, beside this loop."""
    return await asyncio.to_thread(CliRunner().invoke, app, words)


@pytest.mark.usefixtures("told")
async def test_command(shop):
    """The command tells what cannot be erased, and ends with 1."""
    shopper = await shop.begin()
    still = await run_command("erase", shopper.id)
    unknown = await run_command("erase", "p-none")
    await shopper.cancel()

    assert (1, True) == (still.exit_code, f"purchase/{shopper.id} is open" in still.output)
    assert (1, "not erased: there is no purchase p-none") == (
        unknown.exit_code,
        unknown.output.strip().splitlines()[-1],
    )


@pytest.mark.usefixtures("told")
async def test_rewrap_command(keys, process, monkeypatch):
    """After the command the newer key alone is enough."""
    await keys.current("purchase/p1")
    monkeypatch.setenv("FERRYMAN_ENCRYPTION_KEYS", f"{NEWER_TEXT},{RING_TEXT}")
    done = await run_command("rewrap-keys")
    monkeypatch.setenv("FERRYMAN_ENCRYPTION_KEYS", f"{RING_TEXT}")
    refused = await run_command("rewrap-keys")

    assert (0, "1 data keys wrapped anew\n") == (done.exit_code, done.output)
    assert (1, True) == (refused.exit_code, "lacks the key 'k2'" in refused.output)
    assert 1 == (await process(ring=KeyRing.parse(NEWER_TEXT)).get("purchase/p1", 1)).generation
