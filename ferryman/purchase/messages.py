"""What is sent to a purchase's workflow, and what it answers."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError

from ferryman.money import Money

from .base import Instant, Moment, Noun
from .operations import Operation
from .parties import Text
from .policy import Policy
from .purchase import Checkout, Party, Refund, Return
from .request import LineId, PurchaseId, PurchaseRequest, Quantity, Whole
from .timeline import EntryKind

ShipmentId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")]
OpenQuantity = Annotated[int, Field(ge=0, le=1_000_000, strict=True), Whole]


class SourceChoice(Noun):
    """The payment source that the shopper's browser made."""

    source_id: Id
    save_for_future: bool = False


class Submission(Noun):
    """The shopper accepts the terms and orders."""

    terms_accepted: Literal[True]
    source_id: Id | None = None


class ShipmentItem(Noun):
    """What a parcel holds of one line, and what of it cannot be had."""

    line_id: LineId
    quantity: OpenQuantity = 0
    cancel_quantity: OpenQuantity = 0

    @model_validator(mode="after")
    def _moves_something(self) -> Self:
        if self.quantity + self.cancel_quantity == 0:
            raise PydanticCustomError("nothing", "give quantity, cancelQuantity or both")
        return self


class Shipment(Noun):
    """What the warehouse shipped or could not ship, under its own shipment id."""

    shipment_id: ShipmentId
    items: Annotated[tuple[ShipmentItem, ...], Field(min_length=1, max_length=200)]
    tracking_company: Text | None = None
    tracking_number: Text | None = None
    tracking_url: Text | None = None


class CancelledItem(Noun):
    """How many pieces of one line are not wanted any more."""

    line_id: LineId
    quantity: Quantity


class Cancellation(Noun):
    """The whole purchase, or some lines, is not wanted any more."""

    items: Annotated[tuple[CancelledItem, ...], Field(min_length=1, max_length=200)] | None = None
    by: Party = Party.CUSTOMER
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class KeyedCancellation(Cancellation):
    """One of several cancellations that may say the same words."""

    key: str | None = None
    """What tells it apart; without one the same words are the same cancellation."""


class OperatorsAct(Noun):
    """What an operator wants done, why, and what that act needs besides."""

    action: Operation
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    order_id: Id | None = None
    """Of `adoptOrder`; of `acceptLatePayment` where more than one order was paid late."""
    until: Instant | None = None
    """Of `extendDeadline` alone."""

    @model_validator(mode="after")
    def _has_its_own(self) -> Self:
        if problems := [*self._misfits()]:
            raise ValidationError.from_exception_data(type(self).__name__, problems)
        return self

    def _misfits(self) -> Iterator[InitErrorDetails]:
        for operation, name in _NEEDED.items():
            given = getattr(self, name) is not None
            if given and self.action in _MAY_NAME.get(name, ()):
                continue
            if given != (self.action is operation):
                kind, said = ("act", "takes no") if given else ("missing", "needs")
                member = to_camel(name)
                error = PydanticCustomError(kind, f"{self.action} {said} {member}")
                yield InitErrorDetails(type=error, loc=(member,), input=None)


_NEEDED = {Operation.ADOPT_ORDER: "order_id", Operation.EXTEND_DEADLINE: "until"}
_MAY_NAME = {"order_id": (Operation.ACCEPT_LATE_PAYMENT,)}


class Intervention(OperatorsAct):
    """The same, and who it is that acts."""

    actor: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Hint(StrEnum):
    """What an event says happened to an order; the order itself is the truth.

    One that a newer process has sent and this one does not know says nothing here.
    """

    ACCEPTED = "accepted"
    IN_REVIEW = "in_review"
    PENDING_PAYMENT = "pending_payment"
    BLOCKED = "blocked"
    CHARGE_FAILED = "charge_failed"
    CANCELLED = "cancelled"
    FULFILLED = "fulfilled"
    COMPLETE = "complete"
    MONEY_MOVED = "money_moved"
    DISPUTED = "disputed"
    RESOLVED = "resolved"
    REFUNDED = "refunded"
    REAUTH_FAILED = "reauth_failed"
    CHARGEBACK = "chargeback"
    DOCUMENT = "document"
    CHECKED_OUT = "checked_out"
    """Digital River has made an order by itself ("Prebuilt Checkout")."""
    DIFFERS = "differs"
    """No event at all: the order was seen to stand otherwise than the purchase's record says."""
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "Hint":
        del value
        return cls.OTHER


NO_NEWS = frozenset({Hint.OTHER, Hint.PENDING_PAYMENT})
"""For these alone nobody looks at the order again."""


class ProviderEvent(Noun):
    """One webhook event, cut down to what a purchase needs: no personal data, under 2 kB."""

    id: Id
    name: Annotated[str, StringConstraints(max_length=100)]
    hint: Hint
    order_id: Annotated[str, StringConstraints(max_length=128)] | None = None
    upstream_id: Annotated[str, StringConstraints(max_length=128)] | None = None
    checkout_id: Annotated[str, StringConstraints(max_length=128)] | None = None
    refund_id: Id | None = None
    """Digital River's id of the refund that it is about."""
    return_id: Id | None = None
    """Digital River's id of the return that it is about."""
    reference: ShipmentId | None = None
    """What we wrote on that refund or return, where it is one of ours."""
    created_time: Moment | None = None
    file_id: str | None = None
    """Of a new invoice or credit memo."""
    captures: dict[str, str] = Field(default_factory=dict)
    """For which fulfillments the provider's captures are, by capture."""
    amount: Money | None = None
    """Of a chargeback."""
    checkout_session_id: str | None = None
    consents: dict[str, bool] | None = None
    """To what the shopper agreed at Digital River's own checkout."""


class Continuation(Noun):
    """A purchase that had ended when money came for it, and the operator who keeps the money."""

    purchase_id: PurchaseId
    actor: str
    reason: str


class Adoption(Noun):
    """An order that a purchase begins with, and what its shopper was shown.

    Either Digital River has made it by itself, as an event tells, or it was another purchase's.
    """

    order_id: Id
    checkout: Checkout
    event: ProviderEvent | None = None
    continues: Continuation | None = None


class Begin(Noun):
    """A purchase begins: with a checkout to build, or with an order that is there already."""

    id: PurchaseId
    request: PurchaseRequest
    policy: Policy
    adopts: Adoption | None = None


class AfterSale(Noun):
    """What became of a refund or a return, told to the purchase that it belongs to."""

    refund: Refund | None = None
    returned: Return | None = None
    kind: EntryKind
    """With `name` and `detail`: what the timeline says of it."""
    name: str
    detail: dict[str, Any] = Field(default_factory=dict)
    money_moved: bool = False
    """True where the order shows other amounts than before."""
    withdrawn: bool = False
    """True where it was refused to whoever asked for it, so that it is shown no more."""
    calls: str | None = None
    """Why a person has to look now."""
    settles: str | None = None
    """Why nobody has to look any more."""


class Answer(Noun):
    """The version of the purchase that holds the outcome, which its record shows."""

    version: int
    done: bool = True
    """False: the wish is remembered and will be carried out later."""


class Refusal(StrEnum):
    """Why a call was refused: the type of the ApplicationError that says so."""

    NOT_ALLOWED = "NotAllowed"
    INVALID = "Invalid"
    DECLINED = "Declined"
