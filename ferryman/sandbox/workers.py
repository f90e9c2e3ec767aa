"""Who does what a timer names: the timer has ids, the work wants what they stand for."""

from collections.abc import Callable

from .clock import Work, Worker
from .delivery import Delivery
from .gateway import Gateway
from .invoices import issue_invoice
from .outcome import fail_pending, refresh_payment
from .repayment import ask_information, expire_refund, finish_refund
from .settlement import capture_again, end_movement, settle_fulfillment
from .taxids import verify_identifier
from .transitions import end_unpaid, pass_review
from .world import World


def workers(world: World, delivery: Delivery, gateway: Gateway) -> dict[Work, Worker]:
    """List who does which work."""

    def on_order(act: Callable[..., None]) -> Worker:
        return lambda order_id, *rest: act(world, world.orders[order_id], *rest)

    def on_refund(act: Callable[..., None]) -> Worker:
        def work(refund_id: str) -> None:
            refund = world.refunds[refund_id]
            act(world, world.orders[refund["orderId"]], refund)

        return work

    return {
        "ask_information": on_refund(ask_information),
        "attempt": delivery.attempt,
        "capture_again": on_order(capture_again),
        "carry_out": gateway.carry_out_late,
        "end_movement": on_order(end_movement),
        "end_unpaid": on_order(end_unpaid),
        "expire_refund": on_refund(expire_refund),
        "fail_pending": on_order(fail_pending),
        "finish_refund": on_refund(finish_refund),
        "issue_invoice": on_order(issue_invoice),
        "pass_review": on_order(pass_review),
        "refresh_payment": on_order(refresh_payment),
        "send": lambda event_id: delivery.send(world.events[event_id]),
        "settle_fulfillment": on_order(settle_fulfillment),
        "verify_identifier": lambda identity: verify_identifier(world, identity),
    }
