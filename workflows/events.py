"""Reading the provider's events: hints at what to look for, in any order and number."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.orders import OneOrder, OrderActivities
    from ferryman.purchase.messages import ProviderEvent
    from ferryman.purchase.purchase import EntryKind
    from ferryman.purchase.readings import OrderReading

from . import leftover
from .case import Case
from .decision import look, reread
from .hints import heard, is_news


async def read(case: Case) -> None:
    """Note what has come in; re-read the order where an event says something new."""
    events = case.desk.take_events()
    known = case.order_id
    ours = [event for event in events if known is not None and event.order_id == known]
    others = [event for event in events if known is None or event.order_id != known]
    news = [_hear(case, event) for event in ours]
    for event in others:
        _hear_other(case, event)
    if any(news) and known is not None:
        await look(case, await reread(case, known))
    else:
        await case.publish()


def _hear(case: Case, event: ProviderEvent) -> bool:
    case.note(EntryKind.EVENT, event.name, id=event.id)
    case.attempt.told = heard(case.attempt.told, event.hint)
    return is_news(case.state, event.hint)


def _hear_other(case: Case, event: ProviderEvent) -> None:
    left = case.leftovers.get(event.order_id or "")
    case.note(EntryKind.EVENT, event.name, id=event.id, orderId=event.order_id)
    if left is not None and not left.ended:
        left.hear(event)
    elif event.order_id is not None:
        # Beside the flow: an order that nobody knows must not hold up the one that everybody does.
        stray = asyncio.create_task(_look_at_stray(case, event.order_id))
        case.strays.add(stray)
        stray.add_done_callback(case.strays.discard)


async def _look_at_stray(case: Case, order_id: str) -> None:
    """An order of one of our checkouts that we believed did not exist must not live on."""
    reading = await case.steps.prepare(
        OrderActivities.find, OneOrder(purchase_id=case.id, order_id=order_id), "find the order"
    )
    if reading is not None and _is_ours(case, reading) and reading.order.id != case.order_id:
        leftover.wind_up(case, reading)


def _is_ours(case: Case, reading: OrderReading) -> bool:
    # Several environments may share one account, and with it an upstream id.
    if reading.checkout_id is None:
        return reading.upstream_id == case.id
    return reading.checkout_id in case.checkouts
