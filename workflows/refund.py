"""One refund, from the merchant's wish to the shopper's money; it needs no purchase at work."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.failures import KEY_REFUSED
    from activities.orders import OneOrder
    from activities.refunds import (
        AskedRefund,
        AskRefund,
        Doubled,
        KnownRefund,
        OneRefund,
        RefundActivities,
        WatchedRefund,
    )
    from ferryman.purchase.messages import AfterSale
    from ferryman.purchase.purchase import Refund, RefundState
    from ferryman.purchase.readings import Problem
    from ferryman.purchase.refunds import OPEN, BeginRefund, RefundFound, RefundRequest
    from ferryman.purchase.timeline import EntryKind

from . import refusals, telling, wording
from .asking import Asking, meanwhile
from .display import Display
from .patience import USUAL, uninterrupted
from .situation import Failing
from .steps import Steps, unless

NOT_PAID_OUT = "The refund could not be paid out."
"""Where Digital River gives no reason that may be shown."""
STILL_WAITS = timedelta(seconds=6)
"""So long whoever asked waits for an outcome; a little later the API answers that there is none."""
ENDS = {RefundState.FAILED, RefundState.EXPIRED}
_WAITS = {
    RefundState.REQUESTED: "provider",
    RefundState.HELD: "dispute",
    RefundState.PENDING: "provider",
    RefundState.PENDING_INFORMATION: "shopper",
}


@workflow.defn(name="Refund")
class RefundFlow:
    """Asks for the money once, and follows it to its end."""

    @workflow.init
    def __init__(self, begin: BeginRefund) -> None:
        self._begin = begin
        self._policy = begin.policy or USUAL
        self._steps = Steps(self._policy)
        order = OneOrder(purchase_id=begin.purchase_id, order_id=begin.order_id)
        self._asking = Asking(order, self._steps, troubled=self._troubled, called=self._called)
        self._refund = begin.asked_for(telling.later())
        self._display = Display("Refund", begin.purchase_id, begin.refund_id, begin.order_id)
        self._told = False
        self._telling = asyncio.Lock()
        self._counting: asyncio.Task[None] | None = None
        self._doubled = False
        self._answered = False
        self._asked_at = workflow.now()
        self._refusal: ApplicationError | None = None
        self._look = False

    @workflow.run
    async def run(self, begin: BeginRefund) -> str:
        """Carry the refund to its end and say which state that is; `refused` where none began."""
        await uninterrupted(self._carry(begin))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return "refused" if self._refusal is not None else self._refund.state

    async def _carry(self, begin: BeginRefund) -> None:
        if begin.adopts is not None:
            await self._adopt(begin.adopts)
        elif begin.request is not None:
            await self._ask(begin.request)
        self._answered = True
        while self._refusal is None and self._refund.state in OPEN:
            await self._take(await self._next())
        if self._counting is not None:
            await self._counting

    # Asking for the money

    async def _ask(self, request: RefundRequest) -> None:
        asked = await self._asked(request, waited=False)
        while asked.held:
            await self._hold()
            asked = await self._asked(request, waited=True)
        if asked.objections:
            await self._refuse(asked)
        elif asked.refund is None:
            await meanwhile(self._fail(asked), self._answer)
        else:
            await meanwhile(self._take(asked.refund), self._answer)
            await self._answer()
            if asked.repeated:
                self._counting = asyncio.create_task(self._count())

    async def _answer(self) -> None:
        """Whoever asked finds in the record what they are told, unless showing it takes long."""
        self._answered = True

    async def _asked(self, request: RefundRequest, *, waited: bool) -> AskedRefund:
        return await meanwhile(self._of_provider(request, waited=waited), self._show_wish)

    async def _show_wish(self) -> None:
        if not self._told:
            await self._tell()

    async def _of_provider(self, request: RefundRequest, *, waited: bool) -> AskedRefund:
        step = AskRefund(
            purchase_id=self._begin.purchase_id,
            order_id=self._begin.order_id,
            request=request,
            waited=waited,
            doubtful=self._begin.again and not waited,
        )
        summary = f"ask for refund {request.refund_id}"
        return await self._asking.ask(RefundActivities.ask, step, summary)

    async def _troubled(self, failure: str | None) -> None:
        await self._show_wish()
        failing = Failing("ask for the refund", failure, workflow.now())
        self._show(wording.KEY_REFUSED if failure == KEY_REFUSED else None, failing)

    async def _called(self, calls: str | None, settles: str | None) -> None:
        """The timeline has the wish already, and nothing else has happened."""
        await self._tell(name="refund_requested", calls=calls, settles=settles)

    async def _hold(self) -> None:
        """Wait for the end of the dispute; whoever asked is told that the refund is held."""
        await self._become(RefundState.HELD)
        self._answered = True
        await self._asking.until_dispute_over(lambda: self._look)
        self._look = False

    async def _refuse(self, asked: AskedRefund) -> None:
        """Digital River was not asked: whoever waits hears why, and it is as if they had not."""
        if self._answered or workflow.now() - self._asked_at > STILL_WAITS:
            sentence = f"{asked.objections[0].sentence}."
            await self._become(RefundState.FAILED, failure_reason=sentence)
            return
        if self._told:
            await self._tell(name="refund_withdrawn", withdrawn=True)
        self._refusal = refusals.objected(asked.objections)

    async def _fail(self, asked: AskedRefund) -> None:
        problem = asked.problem or Problem()
        message = problem.message or NOT_PAID_OUT
        await self._become(RefundState.FAILED, code=problem.code, failure_reason=message)

    async def _count(self) -> None:
        """A first try that came through beside its repeat can only be shown to a person."""
        doubled = Doubled(
            purchase_id=self._begin.purchase_id,
            order_id=self._begin.order_id,
            reference=self._begin.refund_id,
            first=self._policy.provider_timeout,
            last=self._policy.poll_interval,
        )
        summary = "look for a second one"
        if await self._steps.keep_asking(RefundActivities.count, doubled, summary) > 1:
            self._doubled = True
            await self._tell(name=wording.REFUND_DOUBLED, calls=wording.REFUND_DOUBLED)

    # Following it

    async def _adopt(self, refund_id: str) -> None:
        """Begin with a refund that was made elsewhere, or that Temporal has forgotten."""
        known = await self._read(refund_id)
        if known.recorded is not None:
            self._refund, self._told = known.recorded, True
        else:
            self._refund = _adopted(self._refund, known)
        await self._take(known.found)

    async def _next(self) -> RefundFound:
        watch = WatchedRefund(
            purchase_id=self._begin.purchase_id,
            refund_id=self._refund.id or "",
            known=self._found,
            interval=self._policy.poll_interval,
        )
        asking = self._steps.keep_asking(RefundActivities.watch, watch, "watch the refund")
        found = await unless(lambda: self._look, asking)
        self._look = False
        return found or (await self._read(watch.refund_id)).found

    async def _read(self, refund_id: str) -> KnownRefund:
        asked = OneRefund(purchase_id=self._begin.purchase_id, refund_id=refund_id)
        return await self._steps.prepare(RefundActivities.read, asked, "read the refund")

    async def _take(self, found: RefundFound) -> None:
        """Show what Digital River has made of it; what is known already is not told again."""
        before, self._found = self._refund, found
        failed = found.state in ENDS
        changes = {
            "id": found.id,
            "amount": before.amount or found.amount,
            "refunded_amount": found.refunded_amount,
            "information": found.information,
            "failure_reason": (found.failure_reason or NOT_PAID_OUT) if failed else None,
        }
        if self._told and (before.state, before.id) == (found.state, found.id):
            self._refund = before.model_copy(update=changes)
        else:
            await self._become(found.state, code=found.failure_code, **changes)

    async def _become(self, state: RefundState, code: str | None = None, **changes: object) -> None:
        self._refund = self._refund.model_copy(update={"state": state, **changes})
        failed = state in ENDS
        await self._tell(
            code=code,
            calls=wording.REFUND_FAILED if failed else None,
            settles=wording.REFUND_FAILED if state is RefundState.SUCCEEDED else None,
        )

    # Making it known

    async def _tell(
        self,
        *,
        name: str | None = None,
        code: str | None = None,
        calls: str | None = None,
        settles: str | None = None,
        withdrawn: bool = False,
    ) -> None:
        now = telling.later(self._refund.updated_time if self._told else None)
        self._refund = self._refund.model_copy(update={"updated_time": now})
        self._told = True
        self._display.note(name or f"refund_{self._refund.state}")
        self._show(calls)
        detail = {"refundId": self._refund.refund_id, "id": self._refund.id, "code": code}
        told = AfterSale(
            refund=self._refund,
            kind=EntryKind.STEP,
            name=name or f"refund_{self._refund.state}",
            detail={key: value for key, value in detail.items() if value is not None},
            money_moved=self._refund.state is RefundState.SUCCEEDED,
            withdrawn=withdrawn,
            calls=calls,
            settles=settles,
        )
        # Of two at once the later one would hide the earlier.
        async with self._telling:
            await telling.tell(self._begin.purchase_id, self._begin.order_id, told)

    def _show(self, attention: str | None, failing: Failing | None = None) -> None:
        refund = self._refund
        until = refund.information.expires_time if refund.information else None
        waits = _WAITS.get(refund.state)
        attention = wording.REFUND_DOUBLED if self._doubled else attention
        self._display.show(refund.state, waits, attention, failing=failing, until=until)

    # What comes in

    @workflow.update(name="refund", description="Answers once it is known what came of it")
    async def refund(self, request: RefundRequest) -> Refund:
        """Wait for the outcome; the same request again waits for the same."""
        del request
        self._asked_at = workflow.now()
        await workflow.wait_condition(lambda: self._answered)
        if self._refusal is not None:
            raise self._refusal
        return self._refund

    @refund.validator
    def _check(self, request: RefundRequest) -> None:
        if request != self._begin.request:
            raise refusals.invalid(("/refundId", "came with another request before"))

    @workflow.signal(name="look", description="Something may have happened: look again")
    def look(self) -> None:
        """Look again."""
        self._look = True


def _adopted(refund: Refund, known: KnownRefund) -> Refund:
    found = known.found
    changes = {
        "currency": found.currency or refund.currency,
        "items": known.items,
        "type": found.type,
        "reason": found.reason,
        "created_time": found.created_time or refund.created_time,
    }
    return refund.model_copy(update=changes)
