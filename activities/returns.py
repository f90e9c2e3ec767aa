"""Announcing to Digital River what comes back, accepting it, and following what becomes of it."""

from datetime import timedelta

from temporalio import activity

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import (
    Conflict,
    DigitalRiverError,
    InvalidRequest,
    NotFound,
)
from ferryman.purchase.base import Noun
from ferryman.purchase.purchase import Purchase, Return
from ferryman.purchase.readings import Problem, Standing
from ferryman.purchase.refundable import Objection
from ferryman.purchase.returns import ReturnFound, ReturnRequest, objections
from ferryman.records import Records

from . import failures, goods, translate
from .looking import RETURN_KEY, Looking, MoneyStep, interval_now
from .refunds import is_held


class AskReturn(MoneyStep):
    """A return that is to be announced; the same `return_id` of the order is the same one."""

    purchase_id: str
    order_id: str
    request: ReturnRequest
    waited: bool = False
    """True where it was held before, so that the order alone says whether it still is."""


class AcceptReturn(MoneyStep):
    """A return that has come back: these lines of it, or all."""

    purchase_id: str
    order_id: str
    return_id: str
    line_ids: tuple[str, ...] | None = None
    waited: bool = False


class AskedReturn(Noun):
    """What came of asking: the return, a reason to wait, or why nothing was done."""

    returned: ReturnFound | None = None
    held: bool = False
    """A dispute keeps the order from being touched."""
    objections: tuple[Objection, ...] = ()
    """Digital River was not asked, for these reasons."""
    problem: Problem | None = None
    """Digital River refused."""


class OneReturn(Noun):
    """A return of a purchase, by Digital River's id."""

    purchase_id: str
    return_id: str


class WatchedReturn(OneReturn):
    """A return, what is known of it, and how often to ask whether there is more."""

    known: ReturnFound
    interval: timedelta


class KnownReturn(Noun):
    """A return as Digital River has it, and as the purchase's record shows it."""

    found: ReturnFound
    recorded: Return | None = None


class ReturnActivities:
    """Steps that bring goods back."""

    def __init__(self, digital_river: DigitalRiver, looking: Looking, records: Records) -> None:
        self._digital_river = digital_river
        self._looking = looking
        self._records = records

    @activity.defn(name="ask_return")
    async def ask(self, asked: AskReturn) -> AskedReturn:
        """Find the return by its reference, or check what speaks against it and create it."""
        with calling_for(asked.purchase_id):
            async with failures.told(), failures.beating():
                return await self._ask(asked)

    @activity.defn(name="accept_return")
    async def accept(self, asked: AcceptReturn) -> AskedReturn:
        """Accept what has not been accepted yet; Digital River refunds once nothing is left."""
        with calling_for(asked.purchase_id):
            async with failures.told(), failures.beating():
                return await self._accept(asked)

    @activity.defn(name="read_return")
    async def read(self, asked: OneReturn) -> KnownReturn:
        """Read a return, and what the record says of it."""
        purchase = await self._purchase(asked.purchase_id)
        with calling_for(asked.purchase_id):
            async with failures.told():
                found = await self._digital_river.get_return(asked.return_id)
        recorded = (each for each in purchase.returns if each.id == found.id)
        return KnownReturn(found=goods.found(found, purchase), recorded=next(recorded, None))

    @activity.defn(name="watch_return")
    async def watch(self, asked: WatchedReturn) -> ReturnFound:
        """Answer once the return shows something that is not known; until then, ask again later.

        The first attempt does not ask, since the return has just been read.
        """
        interval = interval_now(asked.interval)
        if activity.info().attempt == 1:
            raise failures.nothing_new("just read", interval)
        found = (await self.read(asked)).found
        if found.news == asked.known.news:
            raise failures.nothing_new(f"the return is still {found.state}", interval)
        return found

    async def _ask(self, asked: AskReturn) -> AskedReturn:
        purchase = await self._purchase(asked.purchase_id)

        async def find() -> AskedReturn | None:
            for each in await self._looking.returns_of(asked.order_id):
                if (each.metadata or {}).get(RETURN_KEY) == asked.request.return_id:
                    return AskedReturn(returned=goods.found(each, purchase))
            return None

        repeat = self._looking.is_repeat(asked)
        found = await (self._looking.settled(find) if repeat else find())
        if found is not None:
            return found
        made = await self._make(asked, purchase)
        if not repeat and made.problem is not None:
            against = goods.too_many(made.problem)
            return AskedReturn(objections=(against,)) if against else made
        if repeat and made.problem is not None:
            return await self._looking.settled(find) or made
        return made

    async def _make(self, asked: AskReturn, purchase: Purchase) -> AskedReturn:
        order = await self._digital_river.get_order(asked.order_id)
        if is_held(order, purchase, waited=asked.waited):
            return AskedReturn(held=True)
        returning = goods.returning(await self._looking.returns_of(asked.order_id))
        against = tuple(objections(asked.request, purchase.items, returning))
        if against:
            return AskedReturn(objections=against)
        try:
            made = await self._digital_river.create_return(
                goods.body(asked.order_id, asked.request, purchase)
            )
        except (Conflict, NotFound, InvalidRequest) as refusal:
            return await self._refused(asked.order_id, refusal)
        return AskedReturn(returned=goods.found(made, purchase))

    async def _accept(self, asked: AcceptReturn) -> AskedReturn:
        purchase = await self._purchase(asked.purchase_id)

        async def read() -> wire.Return:
            return await self._digital_river.get_return(asked.return_id)

        repeat = self._looking.is_repeat(asked)
        returned = await (self._looking.settled(read) if repeat else read())
        if not (left := goods.left(returned, asked.line_ids, purchase)):
            return AskedReturn(returned=goods.found(returned, purchase))
        order = await self._digital_river.get_order(asked.order_id)
        if is_held(order, purchase, waited=asked.waited):
            return AskedReturn(held=True)
        try:
            returned = await self._send(asked, left)
        except (Conflict, NotFound, InvalidRequest) as refusal:
            returned = await (self._looking.settled(read) if repeat else read())
            if goods.left(returned, asked.line_ids, purchase):
                return await self._refused(asked.order_id, refusal)
        return AskedReturn(returned=goods.found(returned, purchase))

    async def _send(self, asked: AcceptReturn, left: dict[str, int]) -> wire.Return:
        if asked.line_ids is None:
            return await self._digital_river.accept_return(asked.return_id)
        return await self._digital_river.accept_return_items(asked.return_id, left)

    async def _refused(self, order_id: str, refusal: DigitalRiverError) -> AskedReturn:
        order = await self._digital_river.get_order(order_id)
        if translate.standing(order) is Standing.DISPUTED:
            return AskedReturn(held=True)
        return AskedReturn(problem=translate.problem(refusal))

    async def _purchase(self, purchase_id: str) -> Purchase:
        purchase = await self._records.get(purchase_id)
        if purchase is None:
            raise failures.again("the purchase has no record")
        return purchase
