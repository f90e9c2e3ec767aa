"""Creating an order, and waiting for what the provider decides about it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.orders import CreateOrder, OneOrder, OrderActivities
    from ferryman.purchase import lines as ledger
    from ferryman.purchase.messages import Answer, SourceChoice, Submission
    from ferryman.purchase.readings import OrderReading, Problem, SubmissionReading, Submitted
    from ferryman.purchase.request import PurchaseRequest
    from ferryman.purchase.states import BEFORE_ORDER, FINAL, UNDECIDED, State
    from ferryman.purchase.timeline import EntryKind

from . import checkout, refusals, waiting, wording
from .alarm import Alarm
from .attempt import Attempt
from .attending import attend, follow_up
from .cancellation import cancel_unordered
from .case import Case
from .decision import look, reread, watch
from .finding import Search, searching


async def create(case: Case, submission: Submission) -> Answer:
    """Turn the checkout into an order; this authorises the payment and reviews for fraud.

    Raises the refusal where it was declined, or where something has to be mended first.
    """
    await _make_ready(case, submission)
    if case.desk.urgent:
        raise refusals.not_allowed("the purchase is being cancelled")
    case.note(EntryKind.ACT, "terms_accepted", sellingEntity=_selling_entity(case))
    case.move(State.SUBMITTING)
    case.record.foretell()
    if case.attempt.checkout is None:
        raise RuntimeError("a purchase without a checkout was made ready")
    step = CreateOrder(
        purchase_id=case.id,
        checkout_id=case.attempt.checkout.id,
        source_id=case.attempt.source_id,
    )
    with searching(case) as search:
        result = await _order_of(case, step, search)
        if result.reading is not None:
            search.settle(result)
            await ordered(case, result.reading)
    if result.reading is None:
        return await _rejected(case, result)
    if case.state in BEFORE_ORDER:
        raise refusals.declined(case.message)
    return Answer(version=case.version)


async def _order_of(case: Case, step: CreateOrder, search: Search) -> SubmissionReading:
    """What became of the submission; an order that must exist is looked for until it is found."""
    result = await case.move_money(
        OrderActivities.create, step, "create the order", instead=search.found
    )
    if (ended := _ended(result, search)) is not None:
        return ended
    case.call_person(wording.ORDER_NOT_FOUND)
    await case.publish()
    step = step.model_copy(update={"person_called": True, "doubtful": True})
    result = await case.move_money(
        OrderActivities.create, step, "look for the order", instead=search.found
    )
    return _ended(result, search) or result


def _ended(result: SubmissionReading, search: Search) -> SubmissionReading | None:
    """What ends the search: an order that was found outdoes whatever the step says without one."""
    if result.reading is not None:
        return result
    return search.found() or (None if result.outcome is Submitted.UNCLEAR else result)


async def refresh(case: Case) -> Answer:
    """The shopper is back from a redirect: the provider is asked what came of it."""
    if case.order_id is None:
        return Answer(version=case.version)
    case.note(EntryKind.ACT, "shopper_back")
    case.attempt.told.back = True
    reading = await case.prepare(
        OrderActivities.refresh,
        OneOrder(purchase_id=case.id, order_id=case.order_id),
        "refresh the order",
    )
    await look(case, reading)
    await follow_up(case)
    return Answer(version=case.version)


async def decide(case: Case) -> None:
    """Wait, by events and by polling, until the provider has decided or the time is over."""
    while case.state in UNDECIDED:
        stage = case.state
        with _deadline(case) as alarm:
            case.attempt.deadline = alarm
            await attend(case, lambda: case.state is not stage, alarm)  # noqa: B023 - run at once


async def _make_ready(case: Case, submission: Submission) -> None:
    chosen = submission.source_id
    if chosen is not None and chosen != case.attempt.source_id:
        await checkout.attach(case, SourceChoice(source_id=chosen))
    if missing := _missing(case.request):
        raise refusals.invalid(*((f"/{name}", "needed before ordering") for name in missing))
    if not case.attempt.payable:
        raise refusals.not_allowed(
            f"the purchase is {case.state} and not paid for: attach a source first"
        )


def _missing(request: PurchaseRequest) -> list[str]:
    """What an order needs ("Providing address information", "Shipping choice")."""
    needed = ["email"]
    if any(item.physical for item in request.items):
        needed += ["shipFrom", "shipTo", "shippingChoice"]
    given = request.model_dump(by_alias=True, exclude_none=True)
    return [name for name in needed if name not in given]


def _selling_entity(case: Case) -> str | None:
    entity = case.attempt.checkout.selling_entity if case.attempt.checkout else None
    return entity.id if entity else None


async def ordered(case: Case, reading: OrderReading) -> None:
    """Follow an order that has just been made, and watch it."""
    case.attempt.reading = reading
    case.attempt.told.redirect |= reading.redirects
    case.attempt.source_type = case.attempt.source_type or reading.source_type
    await look(case, reading)
    if case.state not in FINAL | BEFORE_ORDER:
        case.attempt.watching = watch(case)


async def _rejected(case: Case, result: SubmissionReading) -> Answer:
    problem = result.problem or Problem()
    case.note(
        EntryKind.STEP,
        "order_refused",
        message=problem.message,
        code=problem.code,
        pointer=problem.pointer,
    )
    if result.outcome is Submitted.BLOCKED:
        case.move(State.BLOCKED)
        await case.publish()
        raise refusals.declined(case.message)
    if result.outcome is Submitted.DECLINED:
        case.move(State.PAYMENT_FAILED)
        case.message = problem.message or wording.DECLINED
    else:
        case.move(State.CHECKOUT)
    await _stand_ready_again(case, burnt=result.outcome is not Submitted.MENDABLE)
    if result.outcome is Submitted.DECLINED:
        raise refusals.declined(problem.message or wording.DECLINED)
    raise refusals.refused(problem)


async def _stand_ready_again(case: Case, *, burnt: bool) -> None:
    if case.wishes.whole is not None:
        cancel_unordered(case, case.wishes.whole.by)
        await case.publish()
    elif burnt:
        case.attempt = Attempt(lines=ledger.ordered(case.request.items))
        await case.publish()
        await checkout.build(case)
    else:
        await case.publish()


def _deadline(case: Case) -> Alarm:
    at = waiting.until(case)
    if at is None:
        raise RuntimeError("an undecided purchase without an order")
    if case.state is State.IN_REVIEW:
        return Alarm(at, "review window", lambda: _review_overdue(case))
    return Alarm(at, "payment window", lambda: _unpaid(case))


async def _review_overdue(case: Case) -> None:
    case.note(EntryKind.TIMER, "review_window_closed")
    case.call_person(wording.REVIEW_OVERDUE)
    await case.publish()


async def _unpaid(case: Case) -> None:
    """The window has closed in silence: the order says whether money is here after all."""
    case.note(EntryKind.TIMER, "payment_window_closed")
    if case.order_id is None:
        return
    case.attempt.told.window_closed = True
    await look(case, await reread(case, case.order_id))
