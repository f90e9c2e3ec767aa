"""Asking Digital River for money back, once, and following what becomes of it."""

from datetime import timedelta
from typing import Any

from temporalio import activity

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import Conflict, InvalidRequest, NotFound
from ferryman.purchase.base import Noun
from ferryman.purchase.purchase import Purchase, Refund, RefundedItem
from ferryman.purchase.readings import Problem, Standing
from ferryman.purchase.refundable import Objection, objections
from ferryman.purchase.refunds import WHOLE, RefundFound, RefundRequest
from ferryman.purchase.states import State
from ferryman.records import Records

from . import failures, repayments, translate
from .looking import REFUND_KEY, Looking, MoneyStep, interval_now
from .orders import OneOrder

DISPUTE_LOOKS = timedelta(minutes=15)


class AskRefund(MoneyStep):
    """A refund that is to be made; the same `refund_id` of the order is the same one."""

    purchase_id: str
    order_id: str
    request: RefundRequest
    waited: bool = False
    """True where it was held before, so that the order alone says whether it still is."""


class AskedRefund(Noun):
    """What came of asking: a refund, a reason to wait, or why there is none."""

    refund: RefundFound | None = None
    held: bool = False
    """A dispute keeps the order from being touched."""
    objections: tuple[Objection, ...] = ()
    """Digital River was not asked, for these reasons."""
    problem: Problem | None = None
    """Digital River refused."""
    repeated: bool = False
    """True where another try may come through even later than the one that made it."""


class OneRefund(Noun):
    """A refund of a purchase, by Digital River's id."""

    purchase_id: str
    refund_id: str


class WatchedRefund(OneRefund):
    """A refund, what is known of it, and how often to ask whether there is more."""

    known: RefundFound
    interval: timedelta


class KnownRefund(Noun):
    """A refund as Digital River has it, and as the purchase's record shows it."""

    found: RefundFound
    items: tuple[RefundedItem, ...] = ()
    """Its lines by our own ids."""
    recorded: Refund | None = None


class Doubled(Noun):
    """A refund that had to be asked for more than once."""

    purchase_id: str
    order_id: str
    reference: str
    first: timedelta
    """So long the first look waits, and after it each one as long as all before it together."""
    last: timedelta
    """After this there is one more look at most."""


class RefundActivities:
    """Steps that give money back."""

    def __init__(self, digital_river: DigitalRiver, looking: Looking, records: Records) -> None:
        self._digital_river = digital_river
        self._looking = looking
        self._records = records

    @activity.defn(name="ask_refund")
    async def ask(self, asked: AskRefund) -> AskedRefund:
        """Find the refund by its reference, or check what speaks against it and create it."""
        with calling_for(asked.purchase_id):
            async with failures.told(), failures.beating():
                return await self._ask(asked)

    @activity.defn(name="read_refund")
    async def read(self, asked: OneRefund) -> KnownRefund:
        """Read a refund, and what the record says of it."""
        with calling_for(asked.purchase_id):
            async with failures.told():
                found = repayments.found(await self._digital_river.get_refund(asked.refund_id))
        purchase = await self._records.get(asked.purchase_id)
        if purchase is None:
            return KnownRefund(found=found)
        lines = {line.order_item_id: line.line_id for line in purchase.items}
        return KnownRefund(
            found=found,
            items=tuple(
                item.model_copy(update={"line_id": lines.get(item.line_id, item.line_id)})
                for item in found.items
            ),
            recorded=next((each for each in purchase.refunds if _is_of(found, each)), None),
        )

    @activity.defn(name="watch_refund")
    async def watch(self, asked: WatchedRefund) -> RefundFound:
        """Answer once the refund shows something that is not known; until then, ask again later.

        The first attempt does not ask, since the refund has just been read.
        """
        interval = interval_now(asked.interval)
        if activity.info().attempt == 1:
            raise failures.nothing_new("just read", interval)
        with calling_for(asked.purchase_id):
            async with failures.told():
                found = repayments.found(await self._digital_river.get_refund(asked.refund_id))
        if found.news == asked.known.news:
            raise failures.nothing_new(f"the refund is still {found.state}", interval)
        return found

    @activity.defn(name="await_dispute_over")
    async def dispute_over(self, asked: OneOrder) -> None:
        """Answer once the order is disputed no more."""
        with calling_for(asked.purchase_id):
            async with failures.told():
                order = await self._digital_river.get_order(asked.order_id)
        if translate.standing(order) is Standing.DISPUTED:
            raise failures.nothing_new("the order is disputed", interval_now(DISPUTE_LOOKS))

    @activity.defn(name="count_doubled_refunds")
    async def count(self, asked: Doubled) -> int:
        """How many refunds of this reference Digital River holds, once it is more than one.

        A try that commits later than any settle time can only be noticed: look ever more rarely.
        """
        info = activity.info()
        waited = info.current_attempt_scheduled_time - info.scheduled_time
        if info.attempt == 1:
            raise failures.nothing_new("just asked for", asked.first)
        with calling_for(asked.purchase_id):
            async with failures.told():
                held = len(await self._find(asked.order_id, asked.reference))
        if held <= 1 and waited < asked.last:
            raise failures.nothing_new("no second one so far", max(asked.first, waited))
        return held

    async def _find(self, order_id: str, reference: str) -> list[wire.Refund]:
        refunds = await self._looking.refunds_of(order_id)
        return [each for each in refunds if (each.metadata or {}).get(REFUND_KEY) == reference]

    async def _ask(self, asked: AskRefund) -> AskedRefund:
        async def find() -> list[wire.Refund]:
            return await self._find(asked.order_id, asked.request.refund_id)

        repeat = self._looking.is_repeat(asked)
        found = await (self._looking.settled(find) if repeat else find())
        if found:
            return AskedRefund(refund=repayments.found(found[-1]), repeated=repeat)
        made = await self._make(asked)
        if not repeat and made.problem is not None:
            against = repayments.too_much(made.problem, asked.request)
            return AskedRefund(objections=(against,)) if against else made
        if repeat and made.problem is not None and (found := await self._looking.settled(find)):
            return AskedRefund(refund=repayments.found(found[-1]), repeated=True)
        return made.model_copy(update={"repeated": repeat and made.refund is not None})

    async def _make(self, asked: AskRefund) -> AskedRefund:
        order = await self._digital_river.get_order(asked.order_id)
        purchase = await self._purchase(asked.purchase_id)
        if is_held(order, purchase, waited=asked.waited):
            return AskedRefund(held=True)
        refunds = await self._looking.refunds_of(asked.order_id)
        against = objections(asked.request, repayments.refundable(order, refunds, purchase))
        if against:
            return AskedRefund(objections=tuple(against))
        try:
            made = await self._digital_river.create_refund(_body(asked, order, purchase))
        except (Conflict, NotFound, InvalidRequest) as refusal:
            order = await self._digital_river.get_order(asked.order_id)
            disputed = translate.standing(order) is Standing.DISPUTED
            problem = None if disputed else translate.problem(refusal)
            return AskedRefund(held=disputed, problem=problem)
        return AskedRefund(refund=repayments.found(made))

    async def _purchase(self, purchase_id: str) -> Purchase:
        purchase = await self._records.get(purchase_id)
        if purchase is None:
            raise failures.again("the purchase has no record")
        return purchase


def _is_of(found: RefundFound, recorded: Refund) -> bool:
    """Where its workflow was ended before the answer came, the record has our own id alone."""
    ours = recorded.id is None and recorded.refund_id == found.reference
    return ours or recorded.id == found.id


def is_held(order: wire.Order, purchase: Purchase, *, waited: bool) -> bool:
    """True while a dispute keeps the order from being touched ("Disputes and chargebacks").

    A purchase may hear of the end of its dispute later than whoever waited for it.
    """
    told = purchase.state is State.DISPUTED and not waited
    return told or translate.standing(order) is Standing.DISPUTED


def _body(asked: AskRefund, order: wire.Order, purchase: Purchase) -> dict[str, Any]:
    wanted = asked.request
    body: dict[str, Any] = {
        "orderId": asked.order_id,
        "currency": order.currency or (purchase.checkout.currency if purchase.checkout else ""),
        "reason": wanted.reason,
        "metadata": {REFUND_KEY: wanted.refund_id},
        "amount": wanted.amount,
        "percent": wanted.percent,
        "type": wanted.type,
        "items": _items(wanted, purchase),
    }
    return {name: value for name, value in body.items() if value is not None}


def _items(wanted: RefundRequest, purchase: Purchase) -> list[dict[str, Any]] | None:
    if wanted.items is None:
        return None
    ids = {line.line_id: line.order_item_id for line in purchase.items}
    items = []
    for item in wanted.items:
        share = {"amount": item.amount} if item.amount is not None else {}
        rest = {"percent": item.percent or WHOLE} if item.amount is None else {}
        told = {"itemId": ids[item.line_id], "quantity": item.quantity, "type": item.type}
        given = {name: value for name, value in told.items() if value is not None}
        items.append({**given, **share, **rest})
    return items
