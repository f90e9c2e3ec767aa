"""One return, from its announcement until the goods are back and the money is on its way."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.failures import KEY_REFUSED
    from activities.orders import OneOrder
    from activities.returns import (
        AcceptReturn,
        AskedReturn,
        AskReturn,
        KnownReturn,
        OneReturn,
        ReturnActivities,
        WatchedReturn,
    )
    from ferryman.purchase.messages import AfterSale
    from ferryman.purchase.purchase import Return, ReturnState
    from ferryman.purchase.readings import Problem
    from ferryman.purchase.returns import (
        Acceptance,
        BeginReturn,
        ReturnFound,
        ReturnRequest,
        not_acceptable,
    )
    from ferryman.purchase.timeline import EntryKind

from . import refusals, telling, wording
from .acceptance import Wish
from .asking import Asking, meanwhile
from .display import Display
from .patience import at_most, uninterrupted
from .situation import Failing
from .steps import Steps, unless

REFUNDED_WITHIN = timedelta(days=30)
"""So long Digital River is asked for the refunds of goods that are back."""
REFUSED = "Digital River does not take this return."
_WAITS = {
    ReturnState.REQUESTED: "provider",
    ReturnState.HELD: "dispute",
    ReturnState.CREATED: "goods",
}


@workflow.defn(name="Return")
class ReturnFlow:
    """Announces the goods once, accepts them as told, and has their refunds followed."""

    @workflow.init
    def __init__(self, begin: BeginReturn) -> None:
        self._begin = begin
        self._steps = Steps(begin.policy)
        order = OneOrder(purchase_id=begin.purchase_id, order_id=begin.order_id)
        self._asking = Asking(order, self._steps, troubled=self._troubled, called=self._called)
        self._return = begin.asked_for(telling.later())
        self._display = Display("Return", begin.purchase_id, begin.return_id, begin.order_id)
        self._found: ReturnFound | None = None
        self._told = False
        self._answered = False
        self._refusal: ApplicationError | None = None
        self._wishes: list[Wish] = []
        self._look = False

    @workflow.run
    async def run(self, begin: BeginReturn) -> str:
        """Carry the return to its end and say which state that is; `refused` where none began."""
        await uninterrupted(self._carry(begin))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._return.state

    async def _carry(self, begin: BeginReturn) -> None:
        if begin.adopts is not None:
            await self._take_up(begin.adopts)
        elif begin.request is not None:
            await self._ask(begin.request)
        self._answered = True
        while self._found is not None and self._return.state is ReturnState.CREATED:
            if self._wishes:
                await self._accept(self._wishes[0])
                self._wishes.pop(0).answered = True
            else:
                await self._take(await self._next(self._found))
        for wish in self._wishes:
            wish.answered = True
        if self._return.state is ReturnState.ACCEPTED:
            await self._have_refunds_followed()

    # Announcing the goods

    async def _ask(self, request: ReturnRequest) -> None:
        asked = await meanwhile(self._announce(request, waited=False), self._show_wish)
        while asked.held:
            await self._become(ReturnState.HELD)
            self._answered = True
            await self._dispute_over()
            asked = await meanwhile(self._announce(request, waited=True), self._show_wish)
        if asked.returned is not None:
            await self._take(asked.returned)
        elif asked.objections:
            await self._refuse(asked)
        else:
            await self._fail(asked)

    async def _announce(self, request: ReturnRequest, *, waited: bool) -> AskedReturn:
        given = {"request": request, **self._given(waited=waited)}
        step = AskReturn.model_validate(given)
        summary = f"announce return {request.return_id}"
        return await self._asking.ask(ReturnActivities.ask, step, summary)

    def _given(self, *, waited: bool) -> dict[str, object]:
        begin = self._begin
        order = {"purchase_id": begin.purchase_id, "order_id": begin.order_id}
        return {**order, "waited": waited, "doubtful": begin.again and not waited}

    async def _show_wish(self) -> None:
        if not self._told:
            await self._tell()

    async def _refuse(self, asked: AskedReturn) -> None:
        """Digital River was not asked; what nobody has seen yet leaves no trace."""
        if self._told:
            sentence = f"{asked.objections[0].sentence}."
            await self._become(ReturnState.REFUSED, failure_reason=sentence)
        if not self._answered:
            self._refusal = refusals.objected(asked.objections)
        self._return = self._return.model_copy(update={"state": ReturnState.REFUSED})

    async def _fail(self, asked: AskedReturn) -> None:
        why = asked.problem or Problem()
        reason = why.message or REFUSED
        await self._become(ReturnState.REFUSED, code=why.code, failure_reason=reason)

    # Accepting them

    async def _accept(self, wish: Wish) -> None:
        asked = await self._accepted(wish, waited=False)
        while asked.held:
            wish.answered = True
            self._show("dispute")
            await self._dispute_over()
            asked = await self._accepted(wish, waited=True)
        if asked.returned is not None:
            await self._take(asked.returned)
            return
        code = asked.problem.code if asked.problem else None
        wish.refusal = refusals.not_allowed("Digital River does not take this acceptance")
        calls = wording.RETURN_REFUSED if wish.answered else None
        await self._tell(name="return_acceptance_refused", code=code, calls=calls)

    async def _accepted(self, wish: Wish, *, waited: bool) -> AskedReturn:
        items = wish.accepted.items
        lines = None if items is None else tuple(item.line_id for item in items)
        given = {"return_id": self._return.id or "", "line_ids": lines}
        step = AcceptReturn.model_validate({**given, **self._given(waited=waited)})
        return await self._asking.ask(ReturnActivities.accept, step, "accept what came back")

    async def _have_refunds_followed(self) -> None:
        """Digital River refunds by itself what is back; those refunds are ours to follow."""
        waiting = asyncio.create_task(self._until_refunded())
        await at_most(waiting, REFUNDED_WITHIN, "refunds of what came back")
        if not waiting.done():
            waiting.cancel()
        for refund_id in self._return.refund_ids:
            await telling.follow(self._begin.refund(refund_id))

    async def _until_refunded(self) -> None:
        while self._found is not None and not self._return.refund_ids:
            await self._take(await self._next(self._found))

    # Following it

    async def _take_up(self, return_id: str) -> None:
        """Go on with a return that Temporal has forgotten."""
        known = await self._read(return_id)
        if known.recorded is not None:
            self._return, self._told = known.recorded, True
        await self._take(known.found)

    async def _next(self, known: ReturnFound) -> ReturnFound:
        watch = WatchedReturn(
            purchase_id=self._begin.purchase_id,
            return_id=known.id,
            known=known,
            interval=self._begin.policy.poll_interval,
        )
        asking = self._steps.keep_asking(ReturnActivities.watch, watch, "watch the return")
        found = await unless(lambda: self._look or bool(self._wishes), asking)
        looking, self._look = self._look, False
        if found is None and looking:
            found = (await self._read(known.id)).found
        return found or known

    async def _read(self, return_id: str) -> KnownReturn:
        asked = OneReturn(purchase_id=self._begin.purchase_id, return_id=return_id)
        return await self._steps.prepare(ReturnActivities.read, asked, "read the return")

    async def _dispute_over(self) -> None:
        await self._asking.until_dispute_over(lambda: self._look)
        self._look = False

    async def _take(self, found: ReturnFound) -> None:
        """Show what Digital River has made of it; what is known already is not told again."""
        before, self._found = self._return, found
        changes: dict[str, object] = {"id": found.id, "refund_ids": found.refund_ids}
        if found.items:
            changes["items"] = found.items
        after = before.model_copy(update={"state": found.state, **changes})
        if not self._told or after != before:
            partly = before.state is found.state is ReturnState.CREATED
            self._return = after
            await self._tell(name="return_partly_accepted" if partly else None)

    async def _become(self, state: ReturnState, code: str | None = None, **changes: object) -> None:
        self._return = self._return.model_copy(update={"state": state, **changes})
        # Whoever asked for it was told that it is held, and waits for nothing more.
        unheard = state is ReturnState.REFUSED and self._answered
        await self._tell(code=code, calls=wording.RETURN_REFUSED if unheard else None)

    # Making it known

    async def _tell(
        self,
        *,
        name: str | None = None,
        code: str | None = None,
        calls: str | None = None,
        settles: str | None = None,
    ) -> None:
        now = telling.later(self._return.updated_time if self._told else None)
        self._return = self._return.model_copy(update={"updated_time": now})
        self._told = True
        self._display.note(name or f"return_{self._return.state}")
        self._show(_WAITS.get(self._return.state), calls)
        detail = {"returnId": self._return.return_id, "id": self._return.id, "code": code}
        told = AfterSale(
            returned=self._return,
            kind=EntryKind.STEP,
            name=name or f"return_{self._return.state}",
            detail={key: value for key, value in detail.items() if value is not None},
            calls=calls,
            settles=settles,
        )
        await telling.tell(self._begin.purchase_id, self._begin.order_id, told)

    async def _troubled(self, failure: str | None) -> None:
        await self._show_wish()
        called = wording.KEY_REFUSED if failure == KEY_REFUSED else None
        self._show("provider", called, Failing("ask for the return", failure, workflow.now()))

    async def _called(self, calls: str | None, settles: str | None) -> None:
        """The timeline has the wish already, and nothing else has happened."""
        await self._tell(name="return_requested", calls=calls, settles=settles)

    def _show(
        self, waits: str | None, attention: str | None = None, failing: Failing | None = None
    ) -> None:
        self._display.show(self._return.state, waits, attention, failing=failing)

    # What comes in

    @workflow.update(name="announce", description="Answers once it is known what came of it")
    async def announce(self, request: ReturnRequest) -> Return:
        """Wait for the outcome; the same request again waits for the same."""
        del request
        await workflow.wait_condition(lambda: self._answered)
        if self._refusal is not None:
            raise self._refusal
        return self._return

    @announce.validator
    def _check(self, request: ReturnRequest) -> None:
        if request != self._begin.request:
            raise refusals.invalid(("/returnId", "came with another request before"))

    @workflow.update(name="accept", description="The goods are back: all of them, or some lines")
    async def accept(self, accepted: Acceptance) -> Return:
        """Accept; what has been accepted before changes nothing."""
        await workflow.wait_condition(lambda: self._answered)
        if self._return.state not in {ReturnState.CREATED, ReturnState.ACCEPTED}:
            raise refusals.not_allowed(f"the return is {self._return.state}")
        if against := [*not_acceptable(accepted, self._return)]:
            raise refusals.objected(against)
        if self._return.state is ReturnState.CREATED:
            wish = Wish(accepted)
            self._wishes.append(wish)
            await workflow.wait_condition(lambda: wish.answered)
            if wish.refusal is not None:
                raise wish.refusal
        return self._return

    @workflow.signal(name="look", description="Something may have happened: look again")
    def look(self) -> None:
        """Look again."""
        self._look = True
