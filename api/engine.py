"""What the API asks of Temporal: every question with a deadline, every answer in plain words."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from ferryman.purchase.base import Noun
from ferryman.purchase.listing import memo_of, outline_of, parked_title_of, title_of
from ferryman.purchase.messages import Answer, Begin, ProviderEvent, Refusal
from ferryman.purchase.purchase import workflow_id
from ferryman.search_attributes import starting_attributes

# The API speaks to workflows by name, so that it runs without their code.
PURCHASE = "Purchase"
PARKED_EVENT = "ParkedEvent"
FIRST_CHECKOUT = "checkout"
EVENTS = "provider_events"

_CLOSED_MEANWHILE = "AcceptedUpdateCompletedWorkflow"
_NOT_CONNECTED = "Failed client connect"


log = structlog.get_logger()

Answered = TypeVar("Answered", bound=Noun)


class EngineError(Exception):
    """Temporal gave no answer of the workflow's."""


class Away(EngineError):
    """Temporal cannot be reached, or does not do its work."""


class Busy(EngineError):
    """Temporal takes no more of this just now."""


class Pending(EngineError):
    """No answer in time; whether the question arrived is not known."""


class Closed(EngineError):
    """There is no such workflow, or it takes no messages any more."""


class Taken(EngineError):
    """A workflow of this id has been, and there will be no second one."""


@dataclass(eq=False)
class Refused(Exception):
    """The workflow said no: which kind of no, and where in the request."""

    kind: Refusal
    message: str
    errors: tuple[tuple[str, str], ...] = ()


class Engine:
    """The purchases' workflows, as far as the API needs them."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self.task_queue = task_queue

    async def begin(self, begin: Begin, seconds: float) -> Answer:
        """Start the purchase unless it runs, and wait for its first checkout.

        Raises Refused where that was refused, Taken where the purchase has ended without an
        answer to this question; Pending, Busy or Away as ever.
        """
        deadline = datetime.now(UTC) + begin.policy.checkout_window
        start = WithStartWorkflowOperation[Any, Any](
            PURCHASE,
            begin,
            id=workflow_id(begin.id),
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            # Temporal's default would begin a second purchase under a closed one's id.
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=title_of(begin),
            static_details=outline_of(begin),
            memo=memo_of(begin),
            search_attributes=starting_attributes(deadline),
        )
        try:
            async with _within(seconds):
                answer: Answer = await self._client.execute_update_with_start_workflow(
                    FIRST_CHECKOUT,
                    start_workflow_operation=start,
                    id=FIRST_CHECKOUT,
                    result_type=Answer,
                )
        finally:
            await _retrieve(start)
        return answer

    async def call(
        self, purchase_id: str, update: str, argument: Any, update_id: str, seconds: float
    ) -> Answer:
        """Ask the purchase's workflow; None for `argument` where the update takes none.

        Raises Refused, Closed, Pending, Busy or Away.
        """
        handle = self._client.get_workflow_handle(workflow_id(purchase_id))
        async with _within(seconds):
            answer: Answer = await handle.execute_update(
                update,
                args=[] if argument is None else [argument],
                id=update_id,
                result_type=Answer,
            )
        return answer

    async def ask(
        self,
        start: WithStartWorkflowOperation[Any, Any],
        update: str,
        argument: Any,
        answer: type[Answered],
        seconds: float,
    ) -> Answered:
        """Start a workflow unless it runs, and ask it.

        Raises what `call` raises, and Taken where the id may not be used once more.
        """
        try:
            async with _within(seconds):
                given: Answered = await self._client.execute_update_with_start_workflow(
                    update, argument, start_workflow_operation=start, result_type=answer
                )
        finally:
            await _retrieve(start)
        return given

    async def take_up(
        self,
        kind: str,
        begin: Noun,
        identity: str,
        attributes: TypedSearchAttributes,
        seconds: float,
    ) -> None:
        """Start a workflow that was ended from outside.

        One that runs goes on; raises Taken where it came to its end by itself; Pending, Away….
        """
        async with _within(seconds):
            await self._client.start_workflow(
                kind,
                begin,
                id=identity,
                task_queue=self.task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                static_summary=f"**{kind}**, taken up again",
                search_attributes=attributes,
                rpc_timeout=timedelta(seconds=seconds),
            )

    async def tell(self, purchase_id: str, events: Sequence[ProviderEvent], seconds: float) -> None:
        """Hand events to a running purchase, durably; needs no worker. Raises Closed, Away…."""
        handle = self._client.get_workflow_handle(workflow_id(purchase_id))
        # The deadline of the call alone would be tried again and again while Temporal is dead.
        async with _within(seconds):
            await handle.signal(EVENTS, events, rpc_timeout=timedelta(seconds=seconds))

    async def park(self, event: ProviderEvent, seconds: float) -> None:
        """Keep an event that belongs to no running purchase; one parked before stays one."""
        try:
            async with _within(seconds):
                await self._client.start_workflow(
                    PARKED_EVENT,
                    event,
                    id=f"parked-event/{event.id}",
                    task_queue=self.task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    static_summary=parked_title_of(event),
                    rpc_timeout=timedelta(seconds=seconds),
                )
        except Taken:
            return
        except Closed as error:
            # Only the namespace itself can be missing here.
            raise Away from error

    async def started(self, purchase_id: str, seconds: float) -> bool:
        """Tell whether the purchase's workflow exists, running or not. Raises Pending, Away…."""
        return await self.exists(workflow_id(purchase_id), seconds)

    async def exists(self, id_at_temporal: str, seconds: float) -> bool:
        """Tell whether a workflow exists, running or not. Raises Pending, Away…."""
        handle = self._client.get_workflow_handle(id_at_temporal)
        try:
            async with _within(seconds):
                await handle.describe(rpc_timeout=timedelta(seconds=seconds))
        except Closed:
            return False
        return True

    async def reachable(self, seconds: float) -> bool:
        """Tell whether Temporal answers at all."""
        limit = timedelta(seconds=seconds)
        try:
            async with _within(seconds):
                return await self._client.service_client.check_health(timeout=limit)
        except EngineError:
            return False


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise Pending from error
    except WorkflowUpdateFailedError as error:
        raise _failure(error) from error
    except WorkflowAlreadyStartedError as error:
        raise Taken from error
    except RPCError as error:
        raise _by_status(error) from error
    except RuntimeError as error:
        if not str(error).startswith(_NOT_CONNECTED):
            raise
        raise Away from error


def _by_status(error: RPCError) -> Exception:
    match error.status:
        case RPCStatusCode.NOT_FOUND:
            return Closed()
        case RPCStatusCode.RESOURCE_EXHAUSTED:
            return Busy()
        case RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED:
            return Pending()
        case _:
            # A namespace that lacks our search attributes is among these: no worker was there yet.
            log.warning("temporal_refused", status=error.status.name, message=error.message)
            return Away()


def _failure(error: WorkflowUpdateFailedError) -> Exception:
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        return error
    if cause.type == _CLOSED_MEANWHILE:
        return Closed()
    if cause.type not in list(Refusal):
        return error
    listed = cause.details[0] if cause.details else []
    errors = tuple((str(each["pointer"]), str(each["detail"])) for each in listed)
    return Refused(Refusal(cause.type), cause.message, errors)


async def _retrieve(start: WithStartWorkflowOperation[Any, Any]) -> None:
    # Whatever became of the start is told by the update; left unread here, it would be logged as
    # an error that nobody looked at.
    waiting = asyncio.ensure_future(start.workflow_handle())
    await asyncio.wait([waiting], timeout=0)
    if not waiting.cancel() and not waiting.cancelled():
        waiting.exception()
