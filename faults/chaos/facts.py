"""Everything that is known when a seed is over: both ledgers, the client log and the histories."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import aiohttp
from temporalio.client import Client, WorkflowExecution, WorkflowHistory

from demo.http import JSON, Http
from demo.ports import HOST
from faults.evidence import Evidence, measured

from .forger import Forger
from .journal import Journal
from .machine import Machine
from .merchant import Merchant
from .place import Keys, Place
from .plan import Plan
from .scripts import Script

_PARKED = "parked-event/"
_EVENT = "provider_event"
_AT_ONCE = 8


@dataclass(frozen=True)
class History:
    """One workflow of Temporal's."""

    workflow_id: str
    type: str
    status: str
    history: WorkflowHistory

    @property
    def heard(self) -> frozenset[str]:
        """The ids of the provider's events that were told to it, or that it is about."""
        told = {
            json.loads(event.workflow_execution_signaled_event_attributes.input.payloads[0].data)[
                "id"
            ]
            for event in self.history.events
            if event.workflow_execution_signaled_event_attributes.signal_name == _EVENT
        }
        about = {self.workflow_id.removeprefix(_PARKED)} if self.type == "ParkedEvent" else set()
        return frozenset(told | about)


@dataclass
class Facts:
    """One seed's evidence; times are in seconds since 1970."""

    plan: Plan
    scripts: Sequence[Script]
    place: Place
    keys: Keys
    journal: Journal
    forger: Forger
    machine: Machine
    began: float = 0.0
    calm: float = 0.0
    """When the last fault was taken away."""
    still_open: Sequence[str] = ()
    """Workflows that were not closed in time."""
    ledger: JSON = field(default_factory=dict)
    evidence: Sequence[Evidence] = ()
    histories: Sequence[History] = ()
    metrics: bytes = b""

    @cached_property
    def kept(self) -> Mapping[str, frozenset[str]]:
        """By event id, the workflows in whose histories it stands."""
        kept: dict[str, set[str]] = defaultdict(set)
        for history in self.histories:
            for event_id in history.heard:
                kept[event_id].add(history.workflow_id)
        return {event_id: frozenset(found) for event_id, found in kept.items()}

    @cached_property
    def taken(self) -> Mapping[str, int]:
        """By event id, how often purchases have written it into their timelines."""
        taken: dict[str, int] = defaultdict(int)
        for one in self.evidence:
            for entry in one.timeline:
                if entry["kind"] == "event":
                    taken[entry["detail"]["id"]] += 1
        return taken


async def collect(facts: Facts, client: Client, merchant: Merchant, sandbox: Http) -> None:
    """Read everything, while all processes are up and nobody disturbs."""
    facts.ledger = (await sandbox.get("/_sandbox/ledger")).body
    facts.histories = await _histories(client)
    by_id: dict[str, list[History]] = defaultdict(list)
    for history in facts.histories:
        by_id[history.workflow_id].append(history)
    facts.evidence = [
        await _evidence(script, merchant, sandbox, by_id[f"purchase/{script.id}"])
        for script in facts.scripts
    ]
    facts.metrics = await _metrics(facts.place)


async def _histories(client: Client) -> list[History]:
    bound = asyncio.Semaphore(_AT_ONCE)

    async def read(one: WorkflowExecution) -> History:
        async with bound:
            handle = client.get_workflow_handle(one.id, run_id=one.run_id)
            status = one.status.name if one.status else "UNKNOWN"
            return History(one.id, one.workflow_type, status, await handle.fetch_history())

    listed = [one async for one in client.list_workflows("")]
    return list(await asyncio.gather(*map(read, listed)))


async def _evidence(
    script: Script, merchant: Merchant, sandbox: Http, histories: Sequence[History]
) -> Evidence:
    purchase = await merchant.ask(script.random, script.id, "GET")
    timeline = await merchant.ask(script.random, script.id, "GET", "/timeline")
    ledger = await sandbox.get("/_sandbox/ledger", upstreamId=script.id)
    return Evidence(
        purchase_id=script.id,
        ledger=ledger.body,
        purchase=purchase.body,
        timeline=tuple(timeline.body.get("data", ())),
        runs=tuple(history.status for history in histories),
        sizes=tuple(measured(history.history.events) for history in histories),
    )


async def _metrics(place: Place) -> bytes:
    texts = []
    async with aiohttp.ClientSession() as session:
        for port in (place.ports.api, *place.worker_ports):
            async with session.get(f"http://{HOST}:{port}/metrics") as answer:
                texts.append(await answer.read())
    return b"\n".join(texts)
