"""Erasing a person: the purchase's data key is destroyed, its record scrubbed, the act logged."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog
from sqlalchemy import select
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from ferryman.digital_river.errors import Conflict, DigitalRiverError, InvalidRequest, NotFound
from ferryman.purchase.purchase import Purchase, workflow_id
from ferryman.purchase.refunds import workflow_id as refund_id
from ferryman.purchase.returns import workflow_id as return_id
from ferryman.records import Records
from ferryman.records.engine import reading
from ferryman.records.tables import heard

from .data_keys import LIFETIME, DataKeys
from .place import subject_of
from .remains import clear_remains
from .scrubbing import Scrubbing

_MARGIN = timedelta(seconds=1)

log = structlog.get_logger()

ForgetOrder = Callable[[str], Awaitable[object]]
"""Asks Digital River to forget an order, by its id."""


class NoSuchPurchase(LookupError):
    """There is no record of it."""


class StillOpen(RuntimeError):
    """A workflow still needs what would be destroyed; names it."""


class NotForgotten(RuntimeError):
    """All of ours is erased, and Digital River keeps its order; says why."""


class Outcome(StrEnum):
    """What erasing has done."""

    ERASED = "erased"
    ALREADY = "already erased"


@dataclass(frozen=True)
class Erasure:
    """Erases persons; `keys` is None where nothing was ever encrypted.

    `patience` is how long the processes remember a key.
    """

    client: Client
    records: Records
    keys: DataKeys | None
    forget_order: ForgetOrder
    patience: timedelta = LIFETIME + _MARGIN

    async def erase(self, purchase_id: str, by: str) -> Outcome:
        """Erase whoever bought; it may be broken off and repeated at any time.

        When it returns, no process can read what Temporal holds of this purchase: one that cannot
        reach the database reads for `LIFETIME` after the key was retired at most, and that has
        been waited for. Raises NoSuchPurchase, StillOpen, what the parts raise that are away, and
        NotForgotten once everything of ours is gone.
        """
        purchase = await self.records.get(purchase_id)
        if purchase is None:
            raise NoSuchPurchase(f"there is no purchase {purchase_id}")
        parked = [f"parked-event/{event}" for event in await self._events(purchase_id)]
        await self._refuse_open(purchase, parked)
        scrubbing = Scrubbing(self.records)
        subjects = {subject_of(each) for each in (workflow_id(purchase_id), *parked)}
        living = await self.keys.retire(subjects) if self.keys else 0
        if not living and await scrubbing.is_done(purchase_id):
            await clear_remains(self.records.engine)
            return Outcome.ALREADY
        refusal = await self._refusal(purchase)
        if self.keys is not None and living:
            # Whoever knows the key still has forgotten it then, and encrypts with another.
            await asyncio.sleep(self.patience.total_seconds())
            await self.keys.destroy(subjects)
        while not await scrubbing.scrub(purchase_id, by):
            pass
        await clear_remains(self.records.engine)
        log.info("person_erased", purchase_id=purchase_id, by=by, keys=living)
        if refusal is not None:
            raise NotForgotten(f"Digital River refuses to forget its order: {refusal}")
        return Outcome.ERASED

    async def _refusal(self, purchase: Purchase) -> DigitalRiverError | None:
        """What Digital River has against forgetting the order; what it does not know is forgotten.

        Nothing of ours may stay for its sake. Where it may yet do it, it is asked again.
        """
        if purchase.order is None:
            return None
        try:
            await self.forget_order(purchase.order.id)
        except NotFound:
            log.info("order_unknown", purchase_id=purchase.id)
        except (Conflict, InvalidRequest) as refusal:
            return refusal
        return None

    async def _events(self, purchase_id: str) -> Iterable[str]:
        query = select(heard.c.event_id).where(heard.c.purchase_id == purchase_id)
        async with reading(self.records.engine) as connection:
            return (await connection.scalars(query)).all()

    async def _refuse_open(self, purchase: Purchase, parked: Iterable[str]) -> None:
        known = [
            workflow_id(purchase.id),
            *(refund_id(purchase.id, each.refund_id) for each in purchase.refunds),
            *(return_id(purchase.id, each.return_id) for each in purchase.returns),
            *parked,
        ]
        for each in known:
            if await self._runs(each):
                raise StillOpen(f"{each} is open ({purchase.state}): cancel it or wait")

    async def _runs(self, workflow: str) -> bool:
        try:
            shown = await self.client.get_workflow_handle(workflow).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return shown.status is WorkflowExecutionStatus.RUNNING
