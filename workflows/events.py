"""Reading the provider's events: hints at what to look for, in any order and number."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.orders import OneOrder, OrderActivities
    from ferryman.purchase.messages import Hint, ProviderEvent
    from ferryman.purchase.readings import PAID, OrderReading, Standing
    from ferryman.purchase.states import State
    from ferryman.purchase.timeline import EntryKind

from . import documents, late_money, leftover, wording
from .case import Case
from .decision import look, reread
from .hints import heard, is_news
from .telling import Family, pass_on


async def read(case: Case) -> None:
    """Note what has come in; re-read the order where an event says something new."""
    events = await late_money.passed_on(case, case.desk.take_events())
    known = case.order_id
    ours = [event for event in events if known is not None and event.order_id == known]
    others = [event for event in events if known is None or event.order_id != known]
    news = [_hear(case, event) for event in ours]
    for event in others:
        _hear_other(case, event)
    try:
        if any(news) and known is not None:
            await look(case, await reread(case, known))
        else:
            await case.record.mention()
    finally:
        # Refunds and returns hear of it also where an operator will not wait for the order.
        refunds, returns = case.refunds.values(), case.returns.values()
        for event in events:
            await pass_on(event, Family(case.id, refunds, returns, case.policy))


def _hear(case: Case, event: ProviderEvent) -> bool:
    amount = None if event.amount is None else str(event.amount)
    case.note(EntryKind.EVENT, event.name, id=event.id, amount=amount)
    if (file := documents.told_of(event)) is not None:
        documents.take(case, file)
    if event.hint is Hint.CHARGEBACK:
        case.call_person(wording.CHARGEBACK)
    if event.hint is Hint.REAUTH_FAILED and _concerns_next_parcel(case, event):
        case.call_person(wording.REAUTHORIZATION_FAILED)
    case.attempt.causes |= event.captures
    case.attempt.told = heard(case.attempt.told, event.hint)
    return is_news(case.state, event.hint)


def _concerns_next_parcel(case: Case, event: ProviderEvent) -> bool:
    """False where a parcel has been taken since, so that its payment was authorized after all."""
    if case.state is not State.ACCEPTED:
        return False
    taken = max((each.created_time for each in case.attempt.fulfillments), default=None)
    return taken is None or event.created_time is None or event.created_time > taken


def _hear_other(case: Case, event: ProviderEvent) -> None:
    left = case.leftovers.get(event.order_id or "")
    case.note(EntryKind.EVENT, event.name, id=event.id, orderId=event.order_id)
    if left is not None and not left.ended:
        left.hear()
    elif event.order_id is not None:
        # Beside the flow: an order that nobody knows must not hold up the one that everybody does.
        case.beside(_look_at_stray(case, event.order_id))


async def _look_at_stray(case: Case, order_id: str) -> None:
    """An order of one of our checkouts that we believed did not exist must not live on."""
    reading = await case.steps.prepare(
        OrderActivities.find, OneOrder(purchase_id=case.id, order_id=order_id), "find the order"
    )
    # Its creation may be under way: the event may come before the answer does.
    await workflow.wait_condition(lambda: case.state is not State.SUBMITTING)
    if reading is None or reading.order.id == case.order_id:
        return
    if reading.checkout_id in case.checkouts:
        leftover.wind_up(case, reading)
    elif reading.checkout_id is None and reading.upstream_id == case.id and _lives(reading):
        # Our number alone proves nothing, for several environments may share one account.
        case.call_person(wording.UNKNOWN_ORDER, orderId=reading.order.id)
        await case.publish()


def _lives(reading: OrderReading) -> bool:
    return reading.standing in PAID or reading.standing in {Standing.PENDING, Standing.IN_REVIEW}
