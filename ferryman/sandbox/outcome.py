"""How the payment of a new order goes: at once, by redirect, or by money that is pushed."""

from datetime import datetime, timedelta

from .events import emit
from .transitions import (
    announce,
    charge_failed,
    enter,
    enter_fraud,
    money_came,
    touch,
)
from .wire import instant
from .world import Order, Source, World


def decide(world: World, order: Order) -> None:
    """Take a new order to its first state: accepted, in review, or pending payment."""
    waiting = next((one for one in order.sources if one.doc["state"] != "chargeable"), None)
    if waiting is None:
        review = any(source.trigger == "Review" for source in order.sources)
        money_came(world, order, review=review)
    else:
        _wait_for_money(world, order, waiting)


def _wait_for_money(world: World, order: Order, source: Source) -> None:
    redirect = source.doc["flow"] == "redirect"
    order.session.state = "pending_redirect" if redirect else "pending_funds"
    if redirect:
        url = redirect_url(world, source)
        order.session.next_action = {"action": "redirect", "data": {"redirectUrl": url}}
    else:
        order.session.next_action = {
            "action": "show_payment_instructions",
            "data": {"sourceId": source.id, "sourceClientSecret": source.doc["clientSecret"]},
        }
    variants = world.variant(order.upstream_id)
    if variants.fraud_state_on_pending:
        enter_fraud(world, order, "passed")
    enter(world, order, "pending_payment")
    announce(world, order, "order.pending_payment")
    if source.trigger == "SourceFailWithDelay":
        world.clock.after(variants.source_fail_delay, "end_unpaid", order.id)
    world.clock.after(_window(world, order, source), "end_unpaid", order.id)


def redirect_url(world: World, source: Source) -> str:
    """Give where the shopper approves a redirect."""
    base = world.settings.base_url
    return f"{base}/payments/redirects/{source.id}?apiKey=pk_test_sandbox"


def pay(world: World, order: Order, *, review: bool) -> None:
    """Let the shopper's money arrive: pushed funds at once, a redirect when it is asked about."""
    source = next(one for one in order.sources if not one.secondary)
    source.authorized = True
    source.trigger = "Review" if review else source.trigger
    variants = world.variant(order.upstream_id)
    if source.doc.get("flow") == "redirect" and order.state == "pending_payment":
        order.session.state = "pending"
        touch(world, order)
        world.clock.after(variants.settle_delay, "refresh_payment", order.id)
    else:
        _take(world, order, source)


def abandon(world: World, order: Order) -> None:
    """Let the shopper cancel the redirect, as the `redirect_cancel` variant says."""
    variant = world.variant(order.upstream_id).redirect_cancel
    if variant == "pending":
        return
    order.session.state = "failed"
    touch(world, order)
    for source in order.sources:
        source.doc["state"] = "failed"
    if variant == "cancelled":
        enter(world, order, "cancelled")
        announce(world, order, "order.cancelled")


def refresh_payment(world: World, order: Order) -> None:
    """Take an order whose redirect was approved to where its charge leads."""
    source = next((one for one in order.sources if one.authorized), None)
    if source is not None and order.state == "pending_payment":
        _take(world, order, source)


def _take(world: World, order: Order, source: Source) -> None:
    trigger = source.trigger
    emit(world, "source.chargeable", {**source.doc, "state": "chargeable"}, order.upstream_id)
    if trigger in ("ChargeRemainPending", "ChargeFailedAfterPending"):
        _stay_pending(world, order, source)
    elif trigger in ("SourceFailAfterRedirect", "ChargeFail", "ChargeCreationFail"):
        source.authorized = False
        charge_failed(world, order)
    else:
        money_came(world, order, review=trigger == "Review")


def _stay_pending(world: World, order: Order, source: Source) -> None:
    order.session.state = "pending"
    touch(world, order)
    source.authorized = False
    if source.trigger == "ChargeFailedAfterPending":
        delay = world.variant(order.upstream_id).source_fail_delay
        world.clock.after(delay, "fail_pending", order.id)


def fail_pending(world: World, order: Order) -> None:
    """Fail the charge of an order that still waits for it."""
    if order.state == "pending_payment":
        charge_failed(world, order)


def _window(world: World, order: Order, source: Source) -> timedelta:
    created: datetime = instant(source.doc["createdTime"])
    return created + payment_window(world, order, source) - world.clock.now()


def payment_window(world: World, order: Order | None, source: Source) -> timedelta:
    """Give how long a source can be paid: its expiration is that long after its creation."""
    variants = world.variant(order.upstream_id if order else None)
    konbini = source.doc["type"] == "konbini"
    return variants.payment_window_konbini if konbini else variants.payment_window
