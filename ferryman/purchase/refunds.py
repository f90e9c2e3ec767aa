"""What a merchant asks for when money is to go back, and what Digital River makes of it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ferryman.money import Money

from .base import Moment, Noun
from .messages import ShipmentId
from .policy import Policy
from .purchase import Refund, RefundedItem, RefundInformation, RefundState
from .request import Amount, LineId, PurchaseId, Quantity

WHOLE = Decimal(100)
OPEN = frozenset({RefundState.PENDING, RefundState.PENDING_INFORMATION})
"""Digital River has taken it, and it has not come to its end."""


def _askable(reference: str) -> str:
    # Clients take these two out of a path, so that nobody could ask for it.
    if reference in {".", ".."}:
        raise PydanticCustomError("path", "an id of dots alone cannot be asked for")
    return reference


def _no_text(value: object) -> object:
    if isinstance(value, str):
        raise PydanticCustomError("number", "a percentage is a JSON number, not a text")
    return value


Reference = Annotated[ShipmentId, AfterValidator(_askable)]
"""The merchant's own id of a refund or a return."""
Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, strip_whitespace=True),
    Field(json_schema_extra={"pattern": r"\S"}),
]
Sum = Annotated[Amount, Field(gt=0), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
Percent = Annotated[
    Money,
    BeforeValidator(_no_text),
    Field(ge=Decimal("0.01"), le=WHOLE),
    WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": 100}),
]


class RefundItem(Noun):
    """One line's share; all that is left of it where neither amount nor percent is given."""

    line_id: LineId
    quantity: Quantity | None = None
    amount: Sum | None = None
    percent: Percent | None = None
    type: Literal["shipping", "fees", "duty"] | None = None

    @model_validator(mode="after")
    def _says_it_once(self) -> Self:
        if self.amount is not None and self.percent is not None:
            raise PydanticCustomError("one_of", "give either amount or percent")
        return self


class RefundRequest(Noun):
    """Money that is to go back ("Issuing refunds")."""

    refund_id: Reference
    amount: Sum | None = None
    percent: Percent | None = None
    items: Annotated[tuple[RefundItem, ...], Field(min_length=1, max_length=200)] | None = None
    type: Literal["shipping", "duty", "tax", "importer_tax"] | None = None
    reason: Reason

    @model_validator(mode="after")
    def _says_how_much_once(self) -> Self:
        given = (self.amount, self.percent, self.items)
        if sum(each is not None for each in given) != 1:
            raise PydanticCustomError("one_of", "give either amount, percent or items")
        return self

    @property
    def refunded_items(self) -> tuple[RefundedItem, ...]:
        """The lines as the refund shows them."""
        return tuple(RefundedItem.model_validate(item.model_dump()) for item in self.items or ())

    def is_of(self, refund: Refund) -> bool:
        """True where this refund was asked for by the same request."""
        said = (self.percent, self.type, self.reason, self.refunded_items)
        amount = refund.amount if self.amount is not None else None
        shown = (refund.percent, refund.type, refund.reason, refund.items)
        return (self.amount, *said) == (amount, *shown)


class BeginRefund(Noun):
    """A refund begins: the merchant's request, or one that Digital River has already."""

    purchase_id: PurchaseId
    order_id: str
    refund_id: str
    currency: str = ""
    request: RefundRequest | None = None
    adopts: str | None = None
    """Digital River's id of the refund."""
    again: bool = False
    """True where a workflow of the same id may have asked Digital River already."""
    policy: Policy | None = None

    def asked_for(self, now: datetime) -> Refund:
        """The refund of which nothing is known but the request."""
        asked = self.request
        given = asked.model_dump(include={"amount", "percent", "type", "reason"}) if asked else {}
        return Refund(
            refund_id=self.refund_id,
            state=RefundState.REQUESTED,
            currency=self.currency,
            items=asked.refunded_items if asked else (),
            created_time=now,
            updated_time=now,
            **given,
        )


class RefundFound(Noun):
    """A refund as Digital River has it, in our words."""

    id: str
    state: RefundState
    reference: str | None = None
    currency: str | None = None
    amount: Money | None = None
    refunded_amount: Money | None = None
    reason: str | None = None
    type: str | None = None
    items: tuple[RefundedItem, ...] = ()
    failure_reason: str | None = None
    failure_code: str | None = None
    """For operators only."""
    information: RefundInformation | None = None
    created_time: Moment | None = None

    @property
    def news(self) -> tuple[object, ...]:
        """What changes with everything that has to be told."""
        token = self.information.token if self.information else None
        return (self.state, self.refunded_amount, self.failure_code, token)


def workflow_id(purchase_id: str, refund_id: str) -> str:
    """The id under which Temporal knows a refund."""
    return f"refund/{purchase_id}/{refund_id}"
