"""The ledger: everything that happened, as JSON, for whoever wants to compare."""

from typing import Any

from .charges import describe_charge
from .checkouts import describe_checkout
from .customers import describe
from .orderview import describe_order
from .wire import Json
from .world import World


def describe_ledger(world: World, upstream_id: str | None) -> Json:
    """Write the whole ledger, or the part that belongs to one purchase."""

    def ours(owner: str | None) -> bool:
        return upstream_id is None or owner == upstream_id

    checkouts = [one for one in world.checkouts.values() if ours(one.upstream_id)]
    orders = [one for one in world.orders.values() if ours(one.upstream_id)]
    order_ids = {order.id for order in orders}
    customer_ids = {one.request.get("customerId") for one in checkouts}
    attached = [source for one in checkouts for source in one.sources]
    sources = list(world.sources.values()) if upstream_id is None else attached
    customers = [
        describe(world, one)
        for one in world.customers.values()
        if upstream_id is None or one["id"] in customer_ids
    ]
    return {
        "customers": customers,
        "checkouts": [
            {**describe_checkout(world, one), "consumed": one.consumed} for one in checkouts
        ],
        "sources": [source.doc for source in sources],
        "orders": [describe_order(order) for order in orders],
        "fulfillments": _of(world.fulfillments, order_ids),
        "charges": [describe_charge(order, one) for order in orders for one in order.charges],
        "refunds": _of(world.refunds, order_ids),
        "returns": _of(world.returns, order_ids),
        "checkoutSessions": [
            one
            for one in world.checkout_sessions.values()
            if ours(one["request"].get("upstreamId"))
        ],
        "events": [
            {
                "event": record.event,
                "upstreamId": record.upstream_id,
                "deliveries": record.deliveries,
                "state": record.state,
            }
            for record in world.events.values()
            if ours(record.upstream_id)
        ],
        "requests": [one for one in world.requests if ours(one["upstreamId"])],
        "violations": world.violations,
    }


def _of(documents: dict[str, Json], order_ids: set[str]) -> list[Any]:
    return [one for one in documents.values() if one.get("orderId") in order_ids]
