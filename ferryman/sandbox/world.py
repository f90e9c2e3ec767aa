"""Everything the sandbox knows: its resources, its clock and its variants."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog

from .clock import Clock
from .settings import SandboxSettings, Variants
from .wire import Json, fraction, new_id, new_secret, seconds

log = structlog.get_logger("ferryman.sandbox")

_EPOCH = 1_700_000_000


@dataclass
class Source:
    """A payment source: what the API shows of it, and what only the sandbox knows."""

    doc: Json
    trigger: str = ""
    fixed_amount: Decimal | None = None
    storable: bool = True
    return_url: str | None = None
    cancel_url: str | None = None
    authorized: bool = False

    @property
    def id(self) -> str:
        """The source's id."""
        return str(self.doc["id"])

    @property
    def secondary(self) -> bool:
        """Whether it adds to a primary source instead of being one."""
        return bool(self.doc["type"] == "customerCredit")


@dataclass
class Session:
    """A payment session, which a checkout hands on to its order."""

    id: str = field(default_factory=new_id)
    state: str = "requires_source"
    next_action: Json | None = None
    secret: str = ""

    def __post_init__(self) -> None:
        self.secret = self.secret or new_secret(self.id)


@dataclass
class Checkout:
    """A checkout: the request so far and what was computed from it."""

    id: str
    created: datetime
    updated: datetime
    request: Json
    line_ids: list[str]
    session: Session = field(default_factory=Session)
    sources: list[Source] = field(default_factory=list)
    consumed: bool = False

    @property
    def upstream_id(self) -> str | None:
        """The caller's own number."""
        return self.request.get("upstreamId")


@dataclass
class Repayment:
    """What one refund holds of its order."""

    amount: Decimal
    lines: dict[str, Decimal]
    """By line, how far it lowers what is available of the line."""
    kinds: dict[str, Decimal]
    """By kind, such as shipping, what of it is no goods."""
    parts: list[str] = field(default_factory=list)
    """Which of the charges' refunds are its own."""


@dataclass
class Line:
    """What is known of an order's line beyond what the API shows."""

    doc: Json
    quantity: int
    parts: dict[str, Decimal]
    """Amounts still to be captured or cancelled, by component."""
    totals: dict[str, Decimal]
    physical: bool = True
    sku_metadata: Json | None = None
    fulfilled: int = 0
    cancelled: int = 0
    returned: int = 0

    @property
    def id(self) -> str:
        """The line's id."""
        return str(self.doc["id"])

    @property
    def open(self) -> int:
        """The quantity neither fulfilled nor cancelled."""
        return self.quantity - self.fulfilled - self.cancelled


@dataclass
class Resolved:
    """What one fulfillment resolved: amounts to capture and cancel, and each line's goods."""

    capture: Decimal = Decimal(0)
    cancel: Decimal = Decimal(0)
    goods: dict[str, Decimal] = field(default_factory=dict)
    """By line, the captured amount with its tax: what can be refunded line by line later."""


@dataclass
class Order:
    """An order: its document, its lines and its money."""

    doc: Json
    lines: list[Line]
    session: Session
    sources: list[Source]
    charges: list[Json] = field(default_factory=list)
    charge_type: str = "customer_initiated"
    total: Decimal = Decimal(0)
    before_dispute: str | None = None
    visible_from: datetime | None = None
    unauthorized_cancel: Decimal = Decimal(0)
    resolved: dict[str, Resolved] = field(default_factory=dict)
    """By fulfillment."""
    repayments: dict[str, Repayment] = field(default_factory=dict)
    """By refund, unless it failed."""

    @property
    def id(self) -> str:
        """The order's id."""
        return str(self.doc["id"])

    @property
    def state(self) -> str:
        """The order's state."""
        return str(self.doc["state"])

    @property
    def upstream_id(self) -> str | None:
        """The caller's own number."""
        return self.doc.get("upstreamId")

    @property
    def currency(self) -> str:
        """The order's currency."""
        return str(self.doc["currency"])


@dataclass
class EventRecord:
    """An event and how its delivery went."""

    event: Json
    body: bytes
    """The event as it is sent."""
    upstream_id: str | None
    created: datetime
    copies: int = 1
    state: str = "pending"
    deliveries: list[Json] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The event's id."""
        return str(self.event["id"])


class World:
    """The sandbox's whole state; `reset` empties it."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.random = random.Random(settings.seed)  # noqa: S311 - repeatable faults, no secrets
        self.clock = Clock(self.timer_failed)
        self.changed = asyncio.Event()
        """Set whenever something may have changed that is to be kept."""
        self.next_number = int((self.clock.now().timestamp() - _EPOCH) * 10)
        self.reset()

    def reset(self) -> None:
        """Empty everything; ids go on where they were, so that an old id is never a new order's."""
        self.variants: Variants = self.settings.variants
        self.overrides: dict[str, dict[str, Any]] = {}
        self.customers: dict[str, Json] = {}
        self.tax_identifiers: dict[str, Json] = {}
        self.skus: dict[str, Json] = {}
        self.checkouts: dict[str, Checkout] = {}
        self.sources: dict[str, Source] = {}
        self.orders: dict[str, Order] = {}
        self.charges: dict[str, Order] = {}
        self.fulfillments: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.returns: dict[str, Json] = {}
        self.checkout_sessions: dict[str, Json] = {}
        self.files: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.file_links: dict[str, Json] = {}
        self.webhooks: dict[str, Json] = {}
        self.events: dict[str, EventRecord] = {}
        self.unsent: deque[EventRecord] = deque()
        self.requests: list[Json] = []
        self.violations: list[Json] = []
        self.clock.clear()

    def variant(self, upstream_id: str | None) -> Variants:
        """Give the variants in force for one purchase."""
        changes = self.overrides.get(upstream_id or "")
        return self.variants.model_copy(update=changes) if changes else self.variants

    @property
    def void_identifiers(self) -> set[str]:
        """Which tax identifiers were found to be none."""
        known = self.tax_identifiers.values()
        return {one["id"] for one in known if one["state"] == "not_valid"}

    def number(self) -> str:
        """Make an id as orders and order items have it: thirteen digits."""
        number = self.next_number
        self.next_number += 1
        return f"{number}0336"

    def stamp(self) -> str:
        """Give the present time as resources carry it."""
        return seconds(self.clock.now())

    def violate(self, where: str, problem: str, document: Any) -> None:
        """Book a breach of the published schema: the sandbox's own fault, never the caller's."""
        log.error("schema violated", where=where, problem=problem)
        time = fraction(self.clock.now())
        self.violations.append(
            {"time": time, "where": where, "problem": problem, "document": document}
        )

    def timer_failed(self, error: BaseException) -> None:
        """Book a timer that broke."""
        log.error("timer failed", exc_info=error)
        self.violate("timer", repr(error), None)
