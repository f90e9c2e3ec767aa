"""Events of one purchase that come together go to it together: each signal wakes its workflow."""

import asyncio
import time
from dataclasses import dataclass

from ferryman.purchase.messages import ProviderEvent

from .engine import Engine

# Digital River tells of one cause by several events at once; they arrive milliseconds apart.
_GATHERED = 0.025
_MOST = 50
_LEAST = 0.05


@dataclass
class Letter:
    """One signal."""

    events: list[ProviderEvent]
    sending: asyncio.Task[None]


def left(until: float) -> float:
    """Seconds until that moment of the monotonic clock; a little more than none at least."""
    return max(until - time.monotonic(), _LEAST)


class Letters:
    """What is about to be handed to running purchases."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open: dict[str, Letter] = {}

    async def send(self, purchase_id: str, event: ProviderEvent, until: float) -> None:
        """Hand an event over, durably, before `until` by the monotonic clock.

        Raises Closed, Away…, for all that is in the same letter.
        """
        letter = self._open.get(purchase_id)
        if letter is None or len(letter.events) >= _MOST:
            events: list[ProviderEvent] = []
            letter = Letter(events, asyncio.create_task(self._send(purchase_id, events, until)))
            self._open[purchase_id] = letter
        letter.events.append(event)
        await asyncio.shield(letter.sending)

    async def _send(self, purchase_id: str, events: list[ProviderEvent], until: float) -> None:
        await asyncio.sleep(_GATHERED)
        # A full letter has made room for the next one already.
        open_now = self._open.get(purchase_id)
        if open_now is not None and open_now.events is events:
            del self._open[purchase_id]
        await self._engine.tell(purchase_id, events, left(until))
