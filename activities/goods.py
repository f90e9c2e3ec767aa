"""Digital River's returns in our words, and ours in its. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ferryman.digital_river import models as wire
from ferryman.purchase.purchase import Purchase, ReturnedItem, ReturnState
from ferryman.purchase.readings import Problem
from ferryman.purchase.refundable import Objection
from ferryman.purchase.returns import ReturnFound, ReturnRequest

from .looking import RETURN_KEY

ACCEPTED = "accepted"
_NAMED = re.compile(r"/items/\d+")


def returning(returns: Iterable[wire.Return]) -> Counter[str]:
    """How many pieces of each order item have been announced, come back or not."""
    counted: Counter[str] = Counter()
    for returned in returns:
        for item in returned.items:
            counted[item.item_id or ""] += item.quantity or 0
    return counted


def left(
    returned: wire.Return, line_ids: Iterable[str] | None, purchase: Purchase
) -> dict[str, int]:
    """How many pieces of each order item have not been accepted yet: of these lines, or of all."""
    ids = {line.line_id: line.order_item_id for line in purchase.items}
    wanted = None if line_ids is None else {ids.get(each) for each in line_ids}
    if returned.state == ACCEPTED:
        return {}
    return {
        item.item_id: (item.quantity or 0) - (item.quantity_accepted or 0)
        for item in returned.items
        if item.item_id is not None
        and item.state != ACCEPTED
        and (wanted is None or item.item_id in wanted)
    }


def found(returned: wire.Return, purchase: Purchase) -> ReturnFound:
    """A return as we know it, with lines by our own ids."""
    lines = {line.order_item_id: line.line_id for line in purchase.items}
    whole = returned.state == ACCEPTED
    return ReturnFound(
        id=returned.id,
        state=ReturnState.ACCEPTED if whole else ReturnState.CREATED,
        items=tuple(
            ReturnedItem(
                line_id=lines.get(item.item_id, item.item_id or ""),
                quantity=item.quantity or 0,
                accepted=whole or item.state == ACCEPTED,
            )
            for item in returned.items
        ),
        refund_ids=returned.refund_ids or (),
        created_time=returned.created_time,
    )


def too_many(problem: Problem) -> Objection | None:
    """The objection that our own look would have had, had others not asked at the same time.

    None where Digital River refuses something else ("Third-party coordinated returns").
    """
    if problem.code != "quantity_too_large":
        return None
    named = _NAMED.match(problem.pointer or "")
    pointer = f"{named[0]}/quantity" if named else "/items"
    return Objection(pointer, (problem.message or "more than can come back").rstrip("."))


def body(order_id: str, wanted: ReturnRequest, purchase: Purchase) -> dict[str, Any]:
    """The body of `POST /returns`; the return is found again by what we write on it."""
    ids = {line.line_id: line.order_item_id for line in purchase.items}
    body: dict[str, Any] = {
        "orderId": order_id,
        "items": [
            {"itemId": ids[item.line_id], "quantity": item.quantity} for item in wanted.items
        ],
        "reason": wanted.reason,
        "metadata": {RETURN_KEY: wanted.return_id},
    }
    if wanted.location is not None:
        body["location"] = wanted.location.model_dump(by_alias=True, exclude_none=True)
    return body
