"""Reads both ledgers and all histories, while everything is up and nobody disturbs."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress

import aiohttp
from temporalio.client import Client, WorkflowExecution, WorkflowHistory
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError

from demo.http import Http
from demo.ports import HOST
from faults.evidence import Evidence, measured

from .facts import PARKED, Books, History, acknowledged
from .merchant import Merchant
from .place import Place
from .scripts import Script

_AT_ONCE = 8
_EVENTS = "provider_events"


async def collect(
    scripts: Sequence[Script], client: Client, merchant: Merchant, sandbox: Http, place: Place
) -> Books:
    """Read everything; calls that fail are repeated, as every caller does.

    The ledger comes first: what it says was acknowledged by then has to be in a history after.
    """
    ledger = (await sandbox.get("/_sandbox/ledger")).body
    histories = await _histories(client)
    histories += await _unlisted(client, acknowledged(ledger) - _heard(histories))
    by_id: dict[str, list[History]] = defaultdict(list)
    for history in histories:
        by_id[history.workflow_id].append(history)
    return Books(
        ledger=ledger,
        evidence=[
            await _evidence(script, merchant, sandbox, by_id[f"purchase/{script.id}"])
            for script in scripts
        ],
        histories=histories,
        metrics=await _metrics(place),
    )


async def _histories(client: Client) -> list[History]:
    bound = asyncio.Semaphore(_AT_ONCE)

    async def read(one: WorkflowExecution) -> History:
        async with bound:
            handle = client.get_workflow_handle(one.id, run_id=one.run_id)
            status = one.status.name if one.status else "UNKNOWN"
            history = await handle.fetch_history()
            told = await told_events(client.data_converter.payload_codec, history)
            return History(one.id, one.workflow_type, status, history, told)

    listed = [one async for one in client.list_workflows("")]
    return list(await asyncio.gather(*map(read, listed)))


async def _unlisted(client: Client, event_ids: Iterable[str]) -> list[History]:
    """Find those that Temporal's list does not show yet."""
    found = []
    for event_id in event_ids:
        handle = client.get_workflow_handle(f"{PARKED}{event_id}")
        with suppress(RPCError):
            history = await handle.fetch_history()
            found.append(History(handle.id, "ParkedEvent", "RUNNING", history))
    return found


async def told_events(codec: PayloadCodec | None, history: WorkflowHistory) -> frozenset[str]:
    """Give the ids of the provider's events that a workflow was signalled, decrypted."""
    signals = (event.workflow_execution_signaled_event_attributes for event in history.events)
    lying = [each.input.payloads[0] for each in signals if each.signal_name == _EVENTS]
    clear = lying if codec is None else await codec.decode(lying)
    return frozenset(event["id"] for payload in clear for event in json.loads(payload.data))


def _heard(histories: Iterable[History]) -> set[str]:
    return {event_id for history in histories for event_id in history.heard}


async def _evidence(
    script: Script, merchant: Merchant, sandbox: Http, histories: Sequence[History]
) -> Evidence:
    purchase = await merchant.ask(script.random, script.id, "GET")
    timeline = await merchant.ask(script.random, script.id, "GET", "/timeline")
    notices = await merchant.ask(script.random, script.id, "GET", "/notifications")
    ledger = await sandbox.get("/_sandbox/ledger", upstreamId=script.id)
    return Evidence(
        purchase_id=script.id,
        ledger=ledger.body,
        purchase=purchase.body,
        timeline=tuple(timeline.body.get("data", ())),
        runs=tuple(history.status for history in histories),
        notices=tuple(each["notice"] for each in notices.body.get("data", ())),
        sizes=tuple(measured(history.history.events) for history in histories),
    )


async def _metrics(place: Place) -> bytes:
    texts = []
    async with aiohttp.ClientSession() as session:
        for port in (place.ports.api, *place.worker_ports):
            async with session.get(f"http://{HOST}:{port}/metrics") as answer:
                texts.append(await answer.read())
    return b"\n".join(texts)
