"""Creating an order, and reading what became of it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from temporalio import activity

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import Conflict, DigitalRiverError, InvalidRequest, NotFound
from ferryman.purchase.base import Moment, Noun
from ferryman.purchase.readings import OrderReading, Problem, SubmissionReading, Submitted

from . import failures, translate
from .documents import DocumentActivities
from .looking import Looking, MoneyStep, interval_now

FRAUD = frozenset({"order-fraud-failure", "fraud_block"})
"""Digital River's own fraud review said no; what an issuer calls fraud is a decline."""
NOT_ABOUT_MONEY = frozenset(
    {
        "create-order-failed",
        "additional_information_required",
        "invalid_parameter",
        "country_unsupported",
        "currency_unactivated",
        "currency_unsupported",
        "source_not_supported",
        "source_in_use",
        "tax_identifier_in_use",
    }
)
"""Conflicts that say nothing about the payment ("Tax identifiers", "Providing addresses")."""

PATIENT_LOOKS = 3
"""After so many, a person should know."""
REFUSED_SOURCE = "failed"
CHARGED_SOURCE = "consumed"

Find = Callable[[], Awaitable[wire.Order | None]]


class CreateOrder(MoneyStep):
    """The checkout that becomes an order."""

    purchase_id: str
    checkout_id: str
    source_id: str | None = None
    person_called: bool = False
    """True where a person knows already that the order is looked for."""


class OneOrder(Noun):
    """An order of a purchase."""

    purchase_id: str
    order_id: str


class ReadOrder(OneOrder):
    """An order, and the files of it that are linked or being linked."""

    linked: tuple[str, ...] | None = None
    """None where none is to be linked."""


class WatchedOrder(Noun):
    """An order, what is known of it, and how often to ask whether there is more."""

    purchase_id: str
    order_id: str
    known: str
    interval: timedelta
    rings: Moment | None = None
    """When to answer even where there is nothing new."""


class OrderActivities:
    """Steps around the order."""

    def __init__(
        self, digital_river: DigitalRiver, looking: Looking, documents: DocumentActivities
    ) -> None:
        self._digital_river = digital_river
        self._looking = looking
        self._documents = documents

    @activity.defn(name="create_order")
    async def create(self, asked: CreateOrder) -> SubmissionReading:
        """Find the checkout's order or create it; never believe a refusal that a repeat got."""
        with calling_for(asked.purchase_id):
            async with failures.told(), failures.beating():
                return await self._create(asked)

    @activity.defn(name="read_order")
    async def read(self, asked: ReadOrder) -> OrderReading:
        """Read the order, and link what it shows for the first time."""
        with calling_for(asked.purchase_id):
            async with failures.told():
                reading = await read(self._digital_river, asked.order_id)
                if asked.linked is None:
                    return reading
                links = await self._documents.links(
                    reading.documents,
                    asked.linked,
                    purchase_id=asked.purchase_id,
                    order_id=asked.order_id,
                )
                return reading.model_copy(update={"links": links})

    @activity.defn(name="find_order")
    async def find(self, asked: OneOrder) -> OrderReading | None:
        """Read an order that may not exist."""
        with calling_for(asked.purchase_id):
            async with failures.told():
                try:
                    return await read(self._digital_river, asked.order_id)
                except (NotFound, InvalidRequest):
                    return None

    @activity.defn(name="refresh_order")
    async def refresh(self, asked: OneOrder) -> OrderReading:
        """Have Digital River look at the payment again ("Handling redirect payment methods").

        An order that cannot be refreshed any more still says where it stands.
        """
        with calling_for(asked.purchase_id):
            async with failures.told():
                taken = datetime.now(UTC)
                try:
                    order = await self._digital_river.refresh_order(asked.order_id)
                except (Conflict, InvalidRequest, NotFound):
                    return await read(self._digital_river, asked.order_id)
                return translate.order_reading(order, taken)

    @activity.defn(name="watch_order")
    async def watch(self, asked: WatchedOrder) -> OrderReading | None:
        """Answer once the order shows something that is not known; None once it rings.

        Until then, ask again later.

        The first attempt does not ask, since the order has just been read.
        """
        interval, now = interval_now(asked.interval), activity.info().current_attempt_scheduled_time
        at_most = None if asked.rings is None else asked.rings - now
        if at_most is not None and at_most <= timedelta(0):
            # Whoever has to know of the age must not wait for a provider that is away.
            return None
        if activity.info().attempt == 1:
            raise failures.nothing_new("just read", interval, at_most)
        with calling_for(asked.purchase_id):
            async with failures.told():
                reading = await read(self._digital_river, asked.order_id)
        if reading.mark == asked.known:
            said = f"the order is still {reading.order.state}"
            raise failures.nothing_new(said, interval, at_most)
        return reading

    async def _create(self, asked: CreateOrder) -> SubmissionReading:
        async def find() -> wire.Order | None:
            return await self._looking.order_of(asked.checkout_id)

        repeat = self._looking.is_repeat(asked)
        taken = datetime.now(UTC)
        order = await (self._looking.settled(find) if repeat else find())
        if order is not None:
            return _ordered(order, taken)
        try:
            order = await self._digital_river.create_order(asked.checkout_id)
        except NotFound:
            order = await self._looking.settled(find)
            if order is None:
                return await self._used_up(asked, find, repeat=repeat)
        except (Conflict, InvalidRequest) as refusal:
            # An earlier try may commit only now.
            order = await self._looking.settled(find) if repeat else None
            if order is None:
                return _rejected(refusal)
        if order.checkout_id not in {None, asked.checkout_id}:
            return self._unclear(asked)
        return _ordered(order, taken)

    async def _used_up(self, asked: CreateOrder, find: Find, *, repeat: bool) -> SubmissionReading:
        """The checkout is used up: by an order, or by a refusal whose answer was lost.

        A 409 uses a checkout up as well, and leaves no order ("Handling rejected orders"). Where
        only an earlier try of ours can have done it, the source tells which; one that does not,
        as a reusable one, leaves it to some more looks. An order that shows even later is wound
        up as any other that a newer one has replaced.
        """
        state = await self._source_state(asked) if repeat else CHARGED_SOURCE
        if state == CHARGED_SOURCE:
            return self._unclear(asked)
        for _ in range(0 if state == REFUSED_SOURCE else PATIENT_LOOKS - 1):
            taken = datetime.now(UTC)
            if (order := await self._looking.settled(find)) is not None:
                return _ordered(order, taken)
        return SubmissionReading(outcome=Submitted.DECLINED, problem=Problem())

    async def _source_state(self, asked: CreateOrder) -> str | None:
        if asked.source_id is None:
            return None
        try:
            return (await self._digital_river.get_source(asked.source_id)).state
        except NotFound:
            return None

    def _unclear(self, asked: CreateOrder) -> SubmissionReading:
        """An order must exist and is not found: a person is told once, and it is looked for on."""
        if not asked.person_called and activity.info().attempt >= PATIENT_LOOKS:
            return SubmissionReading(outcome=Submitted.UNCLEAR)
        raise failures.again("the checkout is used up and its order not found")


async def read(digital_river: DigitalRiver, order_id: str) -> OrderReading:
    """Look at an order; expanded, its lines say whether they are physical."""
    taken = datetime.now(UTC)
    return translate.order_reading(await digital_river.get_order(order_id, expand=True), taken)


def _ordered(order: wire.Order, taken: datetime) -> SubmissionReading:
    reading = translate.order_reading(order, taken)
    return SubmissionReading(outcome=Submitted.ORDERED, reading=reading)


def _rejected(refusal: DigitalRiverError) -> SubmissionReading:
    return SubmissionReading(outcome=_outcome(refusal), problem=translate.problem(refusal))


def _outcome(refusal: DigitalRiverError) -> Submitted:
    if isinstance(refusal, InvalidRequest):
        return Submitted.MENDABLE
    if refusal.code in NOT_ABOUT_MONEY:
        return Submitted.UNUSABLE
    return Submitted.BLOCKED if refusal.code in FRAUD else Submitted.DECLINED
