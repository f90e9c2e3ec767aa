"""What is to be played in this run, the stages for it, and the table at its end."""

import asyncio
import logging
import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from temporalio.testing import WorkflowEnvironment

from ferryman.records import Records
from tests.crashes import plan
from tests.crashes.crossing import Case
from tests.crashes.lives import LIVES
from tests.crashes.report import table
from tests.crashes.stage import Outcome, Stage, opened, parts, struck
from tests.running.records import records_in

EXTENT = os.environ.get("CRASHES", "daily")
"""`whole`: every crossing with every way; else each way once at each kind of call."""
WHOLE = EXTENT == "whole"
DAILY_SEED = 1
FRESH_SEED = random.SystemRandom().randrange(10**6)
SEED = int(os.environ.get("SEED") or (DAILY_SEED if EXTENT == "daily" else FRESH_SEED))
PAIRS = int(os.environ.get("PAIRS") or {"daily": 12, "fresh": 60, "whole": 150}[EXTENT])
CASE = os.environ.get("CASE")
CHOSEN = os.environ.get("LIFE", "").split(",")
PLAYED = [Case.named(CASE).life] if CASE else [life for life in LIVES if life in CHOSEN] or [*LIVES]
LANES, FORGETFUL_LANES = 12, 4
FORGETFUL_EACH = 3
"""Every third pair is played by a worker that remembers nothing."""


@dataclass
class Run:
    """What is being played, and what has come of it."""

    clean: dict[str, Outcome] = field(default_factory=dict)
    playing: dict[Case, asyncio.Task[Outcome]] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def cases(self) -> list[Case]:
        """Every single fault that is to be played."""
        crossed = {life: tuple(dict.fromkeys(one.crossed)) for life, one in self.clean.items()}
        found = plan.singles(crossed)
        return found if WHOLE else plan.chosen(found)

    async def problems(self, cases: Sequence[Case]) -> str:
        """What went wrong in these cases, by their names; nothing where all is well."""
        outcomes = [await self.playing[case] for case in cases]
        self.outcomes += outcomes
        return "\n".join(
            f"{one.case}: {problem}" for one in outcomes for problem in self._judged(one)
        )

    def _judged(self, outcome: Outcome) -> list[str]:
        clean = self.clean[outcome.case.life].summary
        differs = [
            f"{name}: {value}, without faults {clean[name]}"
            for name, value in outcome.summary.items()
            if value != clean[name] and not (name == "checkouts" and outcome.may_stray)
        ]
        outcome.problems += differs
        return outcome.problems


RUN = Run()


@pytest.fixture(scope="session")
async def stage(
    temporal: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """Workers as they run in production, each with a sandbox."""
    async with opened(temporal, tmp_path_factory.mktemp("crashes"), LANES) as stage:
        yield stage


@pytest.fixture(scope="session")
async def forgetful(
    temporal: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """Workers that replay every purchase from its start at every step."""
    folder: Path = tmp_path_factory.mktemp("forgetful")
    async with opened(temporal, folder, FORGETFUL_LANES, forgetful=True) as stage:
        yield stage


class Mortal:
    """Plays a case whose worker is torn down once it hangs, and another takes over."""

    def __init__(self, temporal: WorkflowEnvironment, records: Records) -> None:
        self._temporal = temporal
        self._records = records

    async def play(self, case: Case) -> Outcome:
        """One case on a lane of its own, with two workers one after the other."""
        async with parts(self._temporal, self._records) as (lane, template):
            async with struck(template, lane):
                playing = asyncio.create_task(Stage([lane]).play(case))
                await lane.injector.hanging.wait()
            async with struck(template, lane):
                return await playing


@pytest.fixture(scope="session")
async def mortal(
    temporal: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mortal]:
    """Workers that do not live long."""
    async with records_in(tmp_path_factory.mktemp("mortal")) as records:
        yield Mortal(temporal, records)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Every planned failure would be told with its traceback; the other tests hear again."""
    log, before = logging.getLogger("temporalio"), structlog.get_config()
    level = log.level
    log.setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    log.setLevel(level)
    structlog.configure(**before)


@pytest.fixture(scope="session")
async def run(stage: Stage, forgetful: Stage, mortal: Mortal) -> Run:
    """Everything of this run, begun: the lives without faults first, since they say what there is.

    All cases share the stages, so that none waits for another life's slowest.
    """
    clean = await stage.play_all([Case(life) for life in PLAYED])
    RUN.clean = {outcome.case.life: outcome for outcome in clean}
    if CASE:
        only = Case.named(CASE)
        _begin(mortal if only in plan.TORN_DOWN else stage, [only])
        return RUN
    _begin(mortal, [case for case in plan.TORN_DOWN if case.life in PLAYED])
    _begin(stage, [case for case in RUN.cases if case not in RUN.playing])
    both = plan.pairs(RUN.cases, SEED, PAIRS)
    _begin(forgetful, both[::FORGETFUL_EACH])
    _begin(stage, [case for case in both if case not in RUN.playing])
    return RUN


def _begin(players: Stage | Mortal, cases: Sequence[Case]) -> None:
    for case in cases:
        assert case not in RUN.playing, f"{case} is played already, and nobody would judge that"
        RUN.playing[case] = asyncio.create_task(players.play(case))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table of this run."""
    if RUN.outcomes:
        for line in table(list(RUN.clean.values()), RUN.outcomes, SEED):
            terminalreporter.write_line(line)
