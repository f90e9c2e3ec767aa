"""Asking the workflows of refunds and returns, which live beside their purchase."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic

from temporalio.client import WithStartWorkflowOperation
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from ferryman.purchase.base import Noun
from ferryman.purchase.listing import after_sale_title_of
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.refunds import BeginRefund
from ferryman.purchase.returns import BeginReturn
from ferryman.purchase.rules import Call, refusal
from ferryman.search_attributes import ORDER_ID, WAITING_FOR

from .engine import Answered, Busy, Closed, Engine, EngineError, Refused, Taken
from .errors import Kind, Problem, unavailable
from .refusals import busy, refusal_of

_SECONDS = 8.0
_TO_FIND_OUT = 0.5


@dataclass(frozen=True)
class Question(Generic[Answered]):
    """What is asked of which workflow; it begins with the question unless it runs."""

    kind: str
    """The workflow's type."""
    id: str
    order_id: str
    begin: BeginRefund | BeginReturn
    update: str
    argument: Noun
    answer: type[Answered]

    def again(self) -> "Question[Answered]":
        """The same, asked where a workflow before may have left it half done."""
        return replace(self, begin=self.begin.model_copy(update={"again": True}))

    @property
    def attributes(self) -> TypedSearchAttributes:
        """By what operators find its workflow from the beginning."""
        return TypedSearchAttributes(
            [
                SearchAttributePair(ORDER_ID, self.order_id),
                SearchAttributePair(WAITING_FOR, "provider"),
            ]
        )

    @property
    def title(self) -> str:
        """What the Web UI heads it with."""
        begin = self.begin
        own = begin.refund_id if isinstance(begin, BeginRefund) else begin.return_id
        return after_sale_title_of(self.kind, own, begin.purchase_id)

    def start(
        self, task_queue: str, reuse: WorkflowIDReusePolicy
    ) -> WithStartWorkflowOperation[Any, Any]:
        """The beginning, unless it runs; `reuse` says after what it may begin once more."""
        return WithStartWorkflowOperation[Any, Any](
            self.kind,
            self.begin,
            id=self.id,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=reuse,
            static_summary=self.title,
            search_attributes=self.attributes,
        )


class AfterSales:
    """Asks, for eight seconds at most; who asks the same in the meantime shares the answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asked: dict[tuple[str, str, str], asyncio.Task[Any]] = {}

    async def ask(self, question: Question[Answered]) -> Answered | None:
        """Ask; None where the outcome is not known yet. Raises the Problem of a refusal."""
        try:
            answer: Answered = await self._shared(question)
        except Refused as refused:
            raise refusal_of(refused) from refused
        except Busy as error:
            raise busy() from error
        except EngineError as error:
            if not await self._has_begun(question):
                raise unavailable("It could not be begun; repeat the call.") from error
            return None
        return answer

    async def take_up(self, question: Question[Answered]) -> None:
        """See to it that it is followed, if only its workflow was ended from outside.

        What is asked stays as it is recorded; without Temporal the next repeat sees to it.
        """
        with suppress(EngineError):
            await self._engine.take_up(
                question.kind, question.begin, question.id, question.attributes, _SECONDS
            )

    async def _shared(self, question: Question[Answered]) -> Answered:
        """Ask, or join whoever is asking the same; either may leave without ending the call."""
        key = (question.id, question.update, question.argument.model_dump_json())
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._ask(question))
            task.add_done_callback(partial(self._answered, key))
        answer: Answered = await asyncio.shield(task)
        return answer

    async def _ask(self, question: Question[Answered]) -> Answered:
        """Only the first workflow of its id may ask Digital River without looking twice."""
        try:
            return await self._begin(question, WorkflowIDReusePolicy.REJECT_DUPLICATE)
        except (Closed, Taken):
            return await self._begin_again(question)

    async def _begin_again(self, question: Question[Answered]) -> Answered:
        broken_off = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
        try:
            return await self._begin(question.again(), broken_off)
        except Taken:
            # The one before came to its end by itself: nothing of it is half done.
            return await self._begin(question, WorkflowIDReusePolicy.ALLOW_DUPLICATE)

    async def _begin(self, question: Question[Answered], reuse: WorkflowIDReusePolicy) -> Answered:
        start = question.start(self._engine.task_queue, reuse)
        return await self._engine.ask(
            start, question.update, question.argument, question.answer, _SECONDS
        )

    async def _has_begun(self, question: Question[Answered]) -> bool:
        try:
            return await self._engine.exists(question.id, _TO_FIND_OUT)
        except EngineError:
            return False

    def _answered(self, key: tuple[str, str, str], task: asyncio.Task[Any]) -> None:
        del self._asked[key]
        if not task.cancelled():
            # Read, or it would be logged as lost where all who asked have left.
            task.exception()


def order_of(purchase: Purchase, call: Call) -> str:
    """The order that money or goods come back of; raises a Problem (409) where there is none."""
    if purchase.order is None:
        raise Problem(Kind.CONFLICT, refusal(purchase.state, call))
    return purchase.order.id
