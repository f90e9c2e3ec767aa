"""What has come in and waits for its turn: calls and acts, events, polls, money that moved."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import Answer, ProviderEvent
    from ferryman.purchase.readings import OrderReading
    from ferryman.purchase.rules import Call

from . import refusals

Work = Callable[[], Awaitable[Answer]]

# Far more than any order has; bounded because a history is.
REMEMBERED_EVENTS = 1_000


class Ask:
    """One call of the merchant's or act of an operator's, and its answer once there is one.

    `known` is true where the same call has been here before: its work only finds what it did.
    `refused` tells of one that has become impossible while it waited; its caller may have gone.
    An `urgent` one ends the purchase, so that preparing it further is in vain; one that `insists`
    waits for no look at the order either. Without a call the work itself says what is allowed.
    """

    def __init__(
        self,
        call: Call | None,
        work: Work,
        *,
        known: Callable[[], bool] = lambda: False,
        refused: Callable[[], Awaitable[None]] | None = None,
        urgent: bool = False,
        insists: bool = False,
    ) -> None:
        self.call = call
        self.work = work
        self.known = known
        self.refused = refused
        self.urgent = urgent
        self.insists = insists
        self.answer: asyncio.Future[Answer] = asyncio.Future()

    async def perform(self) -> None:
        """Do the work; a refusal is its answer too.

        Raises the ActivityError of a step that will not be tried again, which nobody asked for.
        """
        try:
            self.answer.set_result(await self.work())
        except ApplicationError as refused:
            self.answer.set_exception(refused)
        except ActivityError as failed:
            if not is_cancelled_exception(failed):
                self.answer.set_exception(refusals.broken_off())
            raise

    async def answered(self) -> Answer:
        """The answer, once there is one; raises the ApplicationError that the work raised."""
        await workflow.wait_condition(self.answer.done)
        return self.answer.result()


class Desk:
    """Calls are worked off one by one, so that no two of them change one order at a time."""

    def __init__(self) -> None:
        self.asks: deque[Ask] = deque()
        self.submission: Ask | None = None
        self.events: list[ProviderEvent] = []
        self.stale = False
        """True where the order shows other amounts than when it was read."""
        self.poll: OrderReading | None = None
        self.nudged = False
        """True where something may be done now that could not be done before."""
        self._seen: dict[str, None] = {}

    @property
    def busy(self) -> bool:
        """True where something waits for its turn."""
        return bool(self.asks or self.events or self.stale or self.poll or self.nudged)

    @property
    def urgent(self) -> bool:
        """True where a call waits that ends the purchase."""
        return any(ask.urgent for ask in self.asks)

    @property
    def insisted(self) -> bool:
        """True where a call waits that will not wait for Digital River."""
        return any(ask.insists for ask in self.asks)

    async def ask(self, ask: Ask) -> Answer:
        """Queue the call and give its answer.

        Raises the ApplicationError that its work raised.
        """
        self.asks.append(ask)
        return await ask.answered()

    def hear(self, event: ProviderEvent) -> None:
        """Take an event; one that has been here changes nothing, but may not show yet."""
        if event.id in self._seen:
            self.nudged = True
            return
        self._seen[event.id] = None
        if len(self._seen) > REMEMBERED_EVENTS:
            del self._seen[next(iter(self._seen))]
        self.events.append(event)

    def take_events(self) -> list[ProviderEvent]:
        """All events that have come in."""
        events, self.events = self.events, []
        return events

    def take_poll(self) -> OrderReading | None:
        """What the watch has found."""
        poll, self.poll = self.poll, None
        return poll
