"""What is known of one purchase when all is over: the provider's ledger, ours, and the history."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload

JSON = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How large a history is."""

    events: int
    octets: int
    largest_payload: int


@dataclass(frozen=True)
class Evidence:
    """One purchase; amounts are Decimal, as `exact` reads them.

    `ledger` is the sandbox's of one upstream id, `purchase` and `timeline` are what the API shows.
    """

    purchase_id: str
    ledger: JSON
    purchase: JSON
    timeline: tuple[JSON, ...]
    runs: tuple[str, ...] = ("COMPLETED",)
    """The statuses of all workflows of this purchase, as Temporal names them."""
    notices: tuple[JSON, ...] = ()
    """What others are told of it, each with `type` and `sequence`."""
    sizes: tuple[Size, ...] = ()

    @property
    def closed(self) -> bool:
        """True where no workflow of the purchase is at work any more."""
        return "RUNNING" not in self.runs

    @property
    def orders(self) -> tuple[JSON, ...]:
        """Everything that Digital River calls an order of this purchase, oldest first."""
        return tuple(sorted(self.ledger["orders"], key=lambda order: str(order["id"])))

    @property
    def shipping_calls(self) -> Iterator[JSON]:
        """Requests that asked for a fulfillment with something shipped in it, refused ones too."""
        for request in self.ledger["requests"]:
            if any(item.get("quantity") for item in request.get("items") or ()):
                yield request

    def fulfillments(self, order_id: str) -> tuple[JSON, ...]:
        """The order's shipments and cancellations in the order in which they were taken."""
        return tuple(one for one in self.ledger["fulfillments"] if one["orderId"] == order_id)

    def charges(self, order_id: str) -> tuple[JSON, ...]:
        """The order's charges, failed ones left out."""
        return tuple(
            one
            for one in self.ledger["charges"]
            if one["orderId"] == order_id and one["state"] != "failed"
        )


def exact(text: str | bytes) -> Any:
    """Read JSON with amounts as Decimal."""
    return json.loads(text, parse_float=Decimal)


def amount(document: Mapping[str, Any], name: str) -> Decimal:
    """Give an amount in major units, 0 where there is none."""
    return Decimal(document.get(name) or 0)


def moved(charges: Iterable[JSON], name: str) -> Decimal:
    """Give the sum of the `captures` or `cancels`, failed ones left out."""
    return sum(
        (
            amount(part, "amount")
            for charge in charges
            for part in charge.get(name) or ()
            if part["state"] != "failed"
        ),
        Decimal(0),
    )


def moment(text: str) -> datetime:
    """Read an ISO 8601 time."""
    return datetime.fromisoformat(text)


def measured(events: Iterable[Message]) -> Size:
    """Measure a history by its events, as `WorkflowHistory.events` has them."""
    listed = list(events)
    payloads = [payload.ByteSize() for event in listed for payload in payloads_of(event)]
    return Size(len(listed), sum(event.ByteSize() for event in listed), max(payloads, default=0))


def payloads_of(message: Message) -> Iterator[Payload]:
    """Every payload that lies in a message, however deep."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        parts = value.values() if isinstance(value, Mapping) else value
        if field.message_type.GetOptions().map_entry:
            parts = value.values()
        elif isinstance(value, Message):
            parts = (value,)
        for part in parts:
            if isinstance(part, Message):
                yield from payloads_of(part)
