"""A step that does not come through: on whom the purchase waits, and when a person is called."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.failures import KEY_REFUSED, RECORDS_AWAY, REFUSALS

from . import wording

if TYPE_CHECKING:
    from .case import Case

PATIENCE = timedelta(minutes=5)
"""So long a provider may be away without a person having to know."""
REASONS = (
    wording.KEY_REFUSED,
    wording.PROVIDER_AWAY,
    wording.PROVIDER_REFUSES,
    wording.RECORDS_AWAY,
)
"""Why a person may be called for a step that fails."""


class Trouble:
    """What is done about one step while it fails; nothing, where it comes through at once.

    A step `beside` the flow, as of an order left behind, keeps only a person waiting.
    """

    def __init__(self, case: Case, step: str, *, beside: bool) -> None:
        self.step = step
        self.beside = beside
        self.failure: str | None = None
        """The type of what the step failed with, once it has."""
        self.since: datetime | None = None
        self._case = case
        self._patience: asyncio.Task[None] | None = None

    async def begin(self, failure: str | None) -> None:
        """Say that the step has failed; `failure` is the type of what it failed with."""
        self.failure, self.since = failure, workflow.now()
        self._case.troubles.append(self)
        if failure == KEY_REFUSED:
            self._case.call_person(wording.KEY_REFUSED)
        else:
            self._patience = asyncio.create_task(self._lose_patience(reason_of(failure)))
        await self._case.publish()

    async def _lose_patience(self, reason: str) -> None:
        await workflow.sleep(PATIENCE, summary="patience with the provider")
        self._case.call_person(reason)
        await self._case.publish()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        case = self._case
        if self not in case.troubles:
            return
        case.troubles.remove(self)
        if self._patience is not None:
            self._patience.cancel()
        if not case.troubles:
            case.dismiss_person(*REASONS)
        if error is None:
            await case.publish()


def reason_of(failure: str | None) -> str:
    """Why a person is called where a step goes on failing like this."""
    if failure in REFUSALS:
        return wording.PROVIDER_REFUSES
    return wording.RECORDS_AWAY if failure == RECORDS_AWAY else wording.PROVIDER_AWAY
