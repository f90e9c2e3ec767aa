"""Carrying a call or an act to the purchase's workflow, and answering with what it became."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from aiohttp import web

from ferryman.purchase.base import Noun
from ferryman.purchase.messages import Answer, Intervention, KeyedCancellation, Refusal, Shipment
from ferryman.purchase.operations import Operation
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.rules import Call, Verdict, judge, refusal
from ferryman.purchase.states import FINAL, State
from ferryman.records import Records

from .answers import answer, so_far
from .engine import Away, Busy, Closed, Engine, Pending, Refused
from .errors import Kind, Problem, not_found, unavailable
from .idempotency import fingerprint
from .refusals import busy, refusal_of

_SECONDS = 8.0
_TO_FIND_OUT = 0.5
_HELD = "held"
# Temporal takes ten of one purchase, and holds what is beyond without a word.
_MOST_AT_ONCE = 8


class Asked(Protocol):
    """What is asked of a workflow, and how its state judges that."""

    @property
    def update(self) -> str:
        """Name the workflow's update that answers."""

    @property
    def argument(self) -> Noun | None:
        """Give what it takes."""

    @property
    def identity(self) -> tuple[Any, ...]:
        """Tell it apart: two of the same identity are one, and Temporal carries out one."""

    def is_over(self, state: State) -> bool:
        """Tell whether no workflow can be at work in this state that would take it."""

    def verdict(self, state: State) -> Verdict:
        """Judge by the state alone."""

    async def stands(self, purchase: Purchase, records: Records) -> bool:
        """Tell whether its effect is there, of a purchase whose workflow has ended."""

    def refusal(self, state: State) -> str:
        """Say why a workflow that has ended does not take it."""

    def explained(self, reason: str, state: State) -> str:
        """Give the whole sentence for the reason that a workflow at work refused it with."""


@dataclass(frozen=True)
class Act:
    """One call of a merchant's."""

    call: Call
    argument: Noun | None
    identity: tuple[Any, ...]

    @property
    def update(self) -> str:
        """Name the workflow's update that answers."""
        return self.call.value

    def is_over(self, state: State) -> bool:
        """Tell whether no workflow can be at work in this state that would take it."""
        return state in FINAL

    def verdict(self, state: State) -> Verdict:
        """Judge by the state alone."""
        return judge(state, self.call)

    async def stands(self, purchase: Purchase, records: Records) -> bool:
        """Judge by the state alone."""
        del records
        return judge(purchase.state, self.call) is Verdict.ALREADY

    def refusal(self, state: State) -> str:
        """Say what the state allows instead, or that nobody is there to do what it allows."""
        if self.verdict(state) is Verdict.TAKE:
            return (
                f"{self.call} is not possible: the purchase is {state} and its workflow has ended"
            )
        return refusal(state, self.call)

    def explained(self, reason: str, state: State) -> str:
        """Leave it as it is."""
        del state
        return reason


class Acting:
    """Asks workflows, for eight seconds at most."""

    def __init__(self, engine: Engine, records: Records) -> None:
        self._engine = engine
        self._records = records
        self._in_flight: dict[str, dict[str, asyncio.Task[Answer]]] = {}

    async def perform(self, purchase: Purchase, act: Asked) -> web.Response:
        """Have the act carried out; raises the Problem that it was refused with."""
        if act.is_over(purchase.state):
            return await self._judged(purchase, act)
        try:
            reply = await self._ask(purchase, act)
        except Pending:
            return await self._unknown(purchase.id)
        except Closed:
            return await self._judged(await self._read(purchase.id), act)
        except Busy as error:
            raise busy() from error
        except Away as error:
            raise unavailable("Temporal is away; repeat the call.") from error
        current = await self._read(purchase.id)
        return answer(current) if reply.done or _carried_out(act, current) else so_far(current)

    async def _ask(self, purchase: Purchase, act: Asked) -> Answer:
        until = time.monotonic() + _SECONDS
        try:
            return await self._call(purchase.id, act, _update_id(act), until)
        except Refused as refused:
            # Temporal repeats an answer for ever, but a state that did not allow the act passes.
            current = await self._read(purchase.id)
            allowed = act.verdict(current.state) is Verdict.TAKE
            if refused.kind is not Refusal.NOT_ALLOWED or not allowed:
                raise _problem(refused, act, current.state) from refused
        try:
            return await self._call(purchase.id, act, _update_id(act, current.version), until)
        except Refused as refused:
            raise _problem(refused, act, current.state) from refused

    async def _call(self, purchase_id: str, act: Asked, update_id: str, until: float) -> Answer:
        """Ask, or join whoever is asking the same; either may leave without ending the call."""
        asked = self._in_flight.setdefault(purchase_id, {})
        task = asked.get(update_id)
        if task is None:
            if len(asked) >= _MOST_AT_ONCE:
                raise Busy
            seconds = until - time.monotonic()
            call = self._engine.call(purchase_id, act.update, act.argument, update_id, seconds)
            task = asked[update_id] = asyncio.create_task(call)
            task.add_done_callback(partial(self._answered, purchase_id, update_id))
        return await asyncio.shield(task)

    def _answered(self, purchase_id: str, update_id: str, task: asyncio.Task[Answer]) -> None:
        if not task.cancelled():
            # Read, or it would be logged as lost where all who asked have left.
            task.exception()
        del self._in_flight[purchase_id][update_id]
        if not self._in_flight[purchase_id]:
            del self._in_flight[purchase_id]

    async def _unknown(self, purchase_id: str) -> web.Response:
        if not await self._engine.reachable(_TO_FIND_OUT):
            raise unavailable("Temporal is away; repeat the call.")
        return so_far(await self._read(purchase_id))

    async def _judged(self, purchase: Purchase, act: Asked) -> web.Response:
        """Answer for a workflow that takes nothing any more."""
        if await act.stands(purchase, self._records):
            return answer(purchase)
        raise Problem(Kind.CONFLICT, act.refusal(purchase.state))

    async def _read(self, purchase_id: str) -> Purchase:
        purchase = await self._records.get(purchase_id)
        if purchase is None:
            raise not_found("There is no such purchase.")
        return purchase


def known_shipment(purchase: Purchase, shipment: Shipment) -> web.Response | None:
    """Answer a shipment that was reported before; None for a new one."""
    states = {each.shipment_id: each.state for each in purchase.fulfillments}
    state = states.get(shipment.shipment_id)
    if state is None:
        return None
    return so_far(purchase) if state == _HELD else answer(purchase)


def _update_id(act: Asked, *more: Any) -> str:
    return f"{act.update}-{fingerprint(*act.identity, *more)[:32]}"


def _carried_out(act: Asked, current: Purchase) -> bool:
    """Tell whether what was only remembered when the act was answered is done by now."""
    if isinstance(act.argument, Shipment):
        response = known_shipment(current, act.argument)
        return response is not None and response.status == web.HTTPOk.status_code
    if isinstance(act.argument, Intervention) and act.argument.action is Operation.HOLD:
        # Whether the parcel that was under way has gone, only the timeline tells.
        return False
    remembered = isinstance(act.argument, KeyedCancellation | Intervention)
    return remembered and current.cancellation is None


def _problem(refused: Refused, act: Asked, state: State) -> Problem:
    if refused.kind is Refusal.NOT_ALLOWED:
        return Problem(Kind.CONFLICT, act.explained(refused.message, state))
    return refusal_of(refused)
