"""Which of our purchases orders at the provider belong to, many at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ferryman.purchase.purchase import Purchase
from ferryman.records import Records


@dataclass(frozen=True)
class Origin:
    """What an order or an event says of where it comes from."""

    order_id: str | None
    checkout_id: str | None
    upstream_id: str | None


@dataclass(frozen=True)
class Owner:
    """The record of the purchase that an order belongs to."""

    purchase: Purchase
    knows_order: bool
    """True where the purchase has or had this very order."""


async def owners(records: Records, origins: Sequence[Origin]) -> list[Owner | None]:
    """Find the owner of each, None for an order that is none of ours.

    Several environments may share one account and use the same numbers: where a checkout is
    named, it and not the number decides.
    """
    orders = await records.owners("order", _given(each.order_id for each in origins))
    checkouts = await records.owners("checkout", _given(each.checkout_id for each in origins))

    def owner_id(origin: Origin) -> str | None:
        known = orders.get(origin.order_id or "") or checkouts.get(origin.checkout_id or "")
        return known or (origin.upstream_id if origin.checkout_id is None else None)

    ids = [owner_id(origin) for origin in origins]
    purchases = await records.several(_given(ids))
    return [
        Owner(purchase=purchases[owner], knows_order=origin.order_id in orders)
        if owner in purchases
        else None
        for origin, owner in zip(origins, ids, strict=True)
    ]


def _given(names: Iterable[str | None]) -> set[str]:
    return {name for name in names if name}
