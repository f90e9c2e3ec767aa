"""One worker that remembers nothing, one sandbox, and room for many purchases at the same time."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

from faults.evidence import Evidence
from faults.invariants import violations
from ferryman.records import Records
from tests.crashes.buyer import Buyer, bounded
from tests.crashes.crossing import LATE, Case, Crossing, Fault
from tests.crashes.injector import SETTLE_SECONDS, Injector, Progress, StruckSession
from tests.crashes.lives import LIVES
from tests.running.records import records_in
from tests.running.river import client_of, sandbox
from tests.workflows.given import POLICY
from tests.workflows.shop import Shop
from workers.worker import create_worker
from workflows.parked_event import ParkedEvent
from workflows.purchase import Purchase

PATIENCE_SECONDS = 50.0
SETTLE = timedelta(seconds=SETTLE_SECONDS)
QUICK = timedelta(seconds=0.05)
# Loading the flow anew for each purchase, as in production, is most of what a case costs.
RUNNER = UnsandboxedWorkflowRunner()


@dataclass
class Outcome:
    """How a case went."""

    case: Case
    crossed: list[Crossing] = field(default_factory=list)
    struck: list[Fault] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    evidence: Evidence | None = None
    """Kept of lives without faults alone."""
    may_stray: bool = False
    """A checkout without an order may be left, which costs nobody anything."""
    began: float = 0.0
    seconds: float = 0.0

    @property
    def missed(self) -> bool:
        """True where some fault never found its crossing."""
        return len(self.struck) < len(self.case.faults)


@dataclass(frozen=True)
class Lane:
    """A worker and a sandbox of its own, for one case at a time."""

    shop: Shop
    injector: Injector


class Stage:
    """Plays cases, each on a lane of its own, and judges how they end."""

    def __init__(self, lanes: list[Lane], *, forgetful: bool = False) -> None:
        # A local step that is lost with its task begins again as if it were the first.
        self._forgetful = forgetful
        self._lanes: asyncio.Queue[Lane] = asyncio.Queue()
        for lane in lanes:
            self._lanes.put_nowait(lane)
        self._customers = itertools.count()
        self._replayer = Replayer(
            workflows=[Purchase, ParkedEvent],
            workflow_runner=RUNNER,
            data_converter=pydantic_data_converter,
        )

    async def play_all(self, cases: list[Case]) -> list[Outcome]:
        """All cases, many at a time; those that wait for a heartbeat begin first."""
        return list(await asyncio.gather(*map(self.play, cases)))

    async def play(self, case: Case) -> Outcome:
        """One case from its first checkout to the judgment."""
        lane = await self._lanes.get()
        try:
            return await self._play(lane, case)
        finally:
            await lane.shop.control("POST", "reset")
            self._lanes.put_nowait(lane)

    async def _play(self, lane: Lane, case: Case) -> Outcome:
        late = any(fault.way in LATE for fault in case.faults)
        outcome = Outcome(case, began=time.monotonic(), may_stray=late or self._forgetful)
        buyer, begin, progress = await self._prepare(lane, case)
        failed = await bounded(self._live(case, buyer, begin), PATIENCE_SECONDS)
        outcome.crossed, outcome.struck = progress.crossed, progress.struck
        outcome.problems += [f"script: {failed}"] if failed else []
        await self._judge(buyer, outcome)
        outcome.seconds = time.monotonic() - outcome.began
        return outcome

    async def _prepare(self, lane: Lane, case: Case) -> tuple[Buyer, Any, Progress]:
        life = LIVES[case.life]
        begin = {**life.begin, "policy": {"settle_time": SETTLE, **life.begin.get("policy", {})}}
        if "customer" in begin:
            begin["customer"] = {**begin["customer"], "id": f"c-{next(self._customers)}"}
        shopper, start = lane.shop.prepare(**begin)
        progress = Progress(shopper.id, list(case.faults))
        lane.injector.watch(progress)
        buyer = Buyer(lane.shop, shopper.id)
        if life.variants:
            await buyer.variant(**life.variants)
        return buyer, start, progress

    async def _live(self, case: Case, buyer: Buyer, start: Any) -> None:
        await start
        await LIVES[case.life].drive(buyer)
        await buyer.finish()

    async def _judge(self, buyer: Buyer, outcome: Outcome) -> None:
        evidence = await buyer.evidence()
        outcome.summary = summary(evidence)
        outcome.evidence = None if outcome.case.faults else evidence
        outcome.problems += violations(evidence)
        end = (evidence.purchase["state"], evidence.purchase["reason"])
        if end != LIVES[outcome.case.life].end:
            outcome.problems.append(f"ended {end}")
        if evidence.purchase["needsAttention"] is not None:
            outcome.problems.append(f"a person is called: {evidence.purchase['needsAttention']}")
        replay = await bounded(self._replay(buyer), PATIENCE_SECONDS)
        outcome.problems += [f"I17: {replay}"] if replay else []

    async def _replay(self, buyer: Buyer) -> None:
        await self._replayer.replay_workflow(await buyer.handle.fetch_history())


def summary(evidence: Evidence) -> dict[str, Any]:
    """What must be the same with and without faults, free of ids and times."""
    purchase, ledger = evidence.purchase, evidence.ledger
    return {
        "state": (purchase["state"], purchase["reason"]),
        "lines": [
            (line["lineId"], line["fulfilled"], line["cancelled"]) for line in purchase["items"]
        ],
        "parcels": [
            (one["shipmentId"], one["state"], one["items"]) for one in purchase["fulfillments"]
        ],
        "orders": sorted(
            (order["state"], order["capturedAmount"], order["cancelledAmount"])
            for order in ledger["orders"]
        ),
        "checkouts": len(ledger["checkouts"]),
        "fulfillments": sorted(Counter(map(_reference, ledger["fulfillments"])).items()),
    }


def _reference(fulfillment: dict[str, Any]) -> str:
    told = str((fulfillment.get("metadata") or {}).get("shipmentId"))
    return "wind-up" if told.startswith("wind-up") else told


@asynccontextmanager
async def opened(
    temporal: WorkflowEnvironment, folder: Path, lanes: int, *, forgetful: bool = False
) -> AsyncIterator[Stage]:
    """A stage with everything real in it."""
    async with records_in(folder) as records, AsyncExitStack() as running:
        yield Stage(
            [
                await running.enter_async_context(_lane(temporal, records, forgetful=forgetful))
                for _ in range(lanes)
            ],
            forgetful=forgetful,
        )


@asynccontextmanager
async def _lane(
    temporal: WorkflowEnvironment, records: Records, *, forgetful: bool
) -> AsyncIterator[Lane]:
    async with (
        parts(temporal, records) as (lane, template),
        struck(template, lane, forgetful=forgetful),
    ):
        yield lane


@asynccontextmanager
async def parts(
    temporal: WorkflowEnvironment, records: Records
) -> AsyncIterator[tuple[Lane, Worker]]:
    """A lane that nobody works for yet, and a worker to be made like."""
    async with (
        sandbox(settle_delay=QUICK, capture_delay=QUICK) as url,
        aiohttp.ClientSession() as http,
    ):
        injector = Injector(http, url)
        session: Any = StruckSession(http, injector)
        digital_river = client_of(session, url)
        queue = f"lane-{time.monotonic_ns()}"
        template = create_worker(
            temporal.client,
            task_queue=f"template-of-{queue}",
            digital_river=digital_river,
            records=records,
            policy=POLICY.model_copy(update={"settle_time": SETTLE}),
        )
        yield Lane(Shop(temporal, records, http, url, queue, digital_river), injector), template


def struck(template: Worker, lane: Lane, *, forgetful: bool = False) -> Worker:
    """A worker as any other, struck; one that is forgetful replays everything from its start."""
    told = {
        **template.config(),
        "workflow_runner": RUNNER,
        "task_queue": lane.shop.task_queue,
        "interceptors": [*template.config()["interceptors"], lane.injector],
        "graceful_shutdown_timeout": timedelta(),
    }
    if forgetful:
        told |= {"max_cached_workflows": 0, "max_concurrent_workflow_task_polls": 1}
    return Worker(**told)
