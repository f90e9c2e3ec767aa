"""What a merchant asks for when goods come back, and what Digital River makes of it. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated

from pydantic import Field

from .base import Moment, Noun
from .messages import Id
from .parties import Address, Email, Text
from .policy import Policy
from .purchase import Line, Return, ReturnedItem, ReturnState
from .refundable import Objection
from .refunds import BeginRefund, Reason, Reference
from .request import LineId, PurchaseId, Quantity


class ReturnItem(Noun):
    """How many pieces of one line come back."""

    line_id: LineId
    quantity: Quantity


class ReturnLocation(Noun):
    """Where the goods come back to."""

    address: Address
    name: Text | None = None
    phone: Text | None = None
    email: Email | None = None


class ReturnRequest(Noun):
    """Goods that come back ("Third-party coordinated returns")."""

    return_id: Reference
    items: Annotated[tuple[ReturnItem, ...], Field(min_length=1, max_length=200)]
    reason: Reason
    location: ReturnLocation | None = None

    @property
    def returned_items(self) -> tuple[ReturnedItem, ...]:
        """The lines as the return shows them."""
        return tuple(
            ReturnedItem(line_id=item.line_id, quantity=item.quantity) for item in self.items
        )

    def is_of(self, returned: Return) -> bool:
        """True where this return was announced by the same request; where it goes is left open."""
        shown = [(each.line_id, each.quantity) for each in returned.items]
        asked = [(each.line_id, each.quantity) for each in self.items]
        return (asked, self.reason) == (shown, returned.reason)


class AcceptedItem(Noun):
    """A line that has come back as announced."""

    line_id: LineId
    quantity: Quantity | None = None


class Acceptance(Noun):
    """What of a return has come back; all of it where no line is named."""

    items: Annotated[tuple[AcceptedItem, ...], Field(min_length=1, max_length=200)] | None = None


class BeginReturn(Noun):
    """A return begins, or one is taken up again that Digital River has already."""

    purchase_id: PurchaseId
    order_id: str
    return_id: str
    request: ReturnRequest | None = None
    adopts: Id | None = None
    """Digital River's id of the return."""
    again: bool = False
    """True where a workflow of the same id may have asked Digital River already."""
    policy: Policy

    def asked_for(self, now: datetime) -> Return:
        """The return of which nothing is known but the request."""
        asked = self.request
        return Return(
            return_id=self.return_id,
            id=self.adopts,
            state=ReturnState.REQUESTED,
            items=asked.returned_items if asked else (),
            reason=asked.reason if asked else None,
            created_time=now,
            updated_time=now,
        )

    def refund(self, refund_id: str) -> BeginRefund:
        """A refund that Digital River has made of it by itself."""
        return BeginRefund(
            purchase_id=self.purchase_id,
            order_id=self.order_id,
            refund_id=refund_id,
            adopts=refund_id,
            policy=self.policy,
        )


class ReturnFound(Noun):
    """A return as Digital River has it, with lines by the order's item ids."""

    id: str
    state: ReturnState
    items: tuple[ReturnedItem, ...] = ()
    refund_ids: tuple[str, ...] = ()
    created_time: Moment | None = None

    @property
    def news(self) -> tuple[object, ...]:
        """What changes with everything that has to be told."""
        return (self.state, self.refund_ids, *(item.accepted for item in self.items))


def workflow_id(purchase_id: str, return_id: str) -> str:
    """The id under which Temporal knows a return."""
    return f"return/{purchase_id}/{return_id}"


def objections(
    asked: ReturnRequest, lines: Iterable[Line], returning: Counter[str]
) -> Iterator[Objection]:
    """Everything that speaks against a return: what was not shipped cannot come back.

    `returning` counts by order item what has been announced before.
    """
    ledger = {line.line_id: line for line in lines}
    seen: set[str] = set()
    for index, item in enumerate(asked.items):
        line = ledger.get(item.line_id)
        if line is None:
            yield Objection(f"/items/{index}/lineId", "the purchase has no such line")
            continue
        if item.line_id in seen:
            yield Objection(f"/items/{index}/lineId", "doubled lineId")
        seen.add(item.line_id)
        left = line.fulfilled - returning[line.order_item_id or ""]
        if item.quantity > left:
            sentence = f"only {max(left, 0)} shipped and not on their way back"
            yield Objection(f"/items/{index}/quantity", sentence)


def not_acceptable(accepted: Acceptance, returned: Return) -> Iterator[Objection]:
    """Everything that speaks against an acceptance: a line comes back whole or not at all.

    Of a part that does not, the money goes back by a refund.
    """
    shown = {item.line_id: item.quantity for item in returned.items}
    for index, item in enumerate(accepted.items or ()):
        whole = shown.get(item.line_id)
        if whole is None:
            yield Objection(f"/items/{index}/lineId", "the return has no such line")
        elif item.quantity not in {None, whole}:
            yield Objection(f"/items/{index}/quantity", f"accepted as a whole, which is {whole}")
