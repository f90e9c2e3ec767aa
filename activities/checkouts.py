"""Building, changing and paying a checkout."""

from typing import Any

from temporalio import activity

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import Conflict, InvalidRequest, NotFound
from ferryman.purchase.base import Noun
from ferryman.purchase.parties import Customer
from ferryman.purchase.readings import CheckoutReading
from ferryman.purchase.request import Change, PurchaseRequest

from . import failures, translate
from .taxids import Refused, TaxIdentifiers

REFUSALS = (InvalidRequest, Conflict, NotFound)
"""Answers, not faults: the same request would be refused again."""


class BuildCheckout(Noun):
    """The `attempt`-th checkout of a purchase."""

    purchase_id: str
    attempt: int
    request: PurchaseRequest


class UpdateCheckout(Noun):
    """What changes of a checkout."""

    purchase_id: str
    checkout_id: str
    change: Change
    customer_id: str | None = None


class AttachSource(Noun):
    """A source for a checkout, saved with `customer_id` before where that is given."""

    purchase_id: str
    checkout_id: str
    source_id: str
    customer_id: str | None = None


class CheckoutActivities:
    """Steps that prepare; each may run again blind."""

    def __init__(self, digital_river: DigitalRiver) -> None:
        self._digital_river = digital_river
        self._tax_identifiers = TaxIdentifiers(digital_river)

    @activity.defn(name="build_checkout")
    async def build(self, asked: BuildCheckout) -> CheckoutReading:
        """Make the customer known, then the checkout; a refusal is an answer."""
        with calling_for(asked.purchase_id):
            async with failures.told():
                try:
                    return translate.checkout_reading(await self._build(asked))
                except Refused as refused:
                    return CheckoutReading(problem=refused.problem)
                except REFUSALS as refusal:
                    return CheckoutReading(problem=translate.problem(refusal))

    @activity.defn(name="update_checkout")
    async def update(self, asked: UpdateCheckout) -> CheckoutReading:
        """Change what Digital River lets a checkout change."""
        with calling_for(asked.purchase_id):
            async with failures.told():
                try:
                    return translate.checkout_reading(await self._update(asked))
                except Refused as refused:
                    return CheckoutReading(problem=refused.problem)
                except REFUSALS as refusal:
                    return CheckoutReading(problem=translate.problem(refusal))

    @activity.defn(name="attach_source")
    async def attach(self, asked: AttachSource) -> CheckoutReading:
        """Save the source with the customer where wanted, attach it, read the final totals."""
        with calling_for(asked.purchase_id):
            async with failures.told():
                try:
                    source = await self._attach(asked)
                except REFUSALS as refusal:
                    return CheckoutReading(problem=translate.problem(refusal))
                checkout = await self._digital_river.get_checkout(asked.checkout_id)
                return translate.checkout_reading(checkout, source)

    async def _build(self, asked: BuildCheckout) -> wire.Checkout:
        request = asked.request
        customer = await self._known(request.customer) if request.customer is not None else None
        if _is_repeat() and (found := await self._find(asked)):
            return found
        known = await self._tax_identifiers.known(request.tax_identifiers, customer)
        request = request.model_copy(update={"tax_identifiers": known})
        body = translate.checkout_body(request, asked.purchase_id, asked.attempt)
        return await self._digital_river.create_checkout(body)

    async def _update(self, asked: UpdateCheckout) -> wire.Checkout:
        change, customer = asked.change, None
        if change.tax_identifiers and asked.customer_id is not None:
            customer = await self._digital_river.get_customer(asked.customer_id)
        known = await self._tax_identifiers.known(change.tax_identifiers, customer)
        change = change.model_copy(update={"tax_identifiers": known})
        body = change.model_dump(by_alias=True, exclude_none=True)
        return await self._digital_river.update_checkout(asked.checkout_id, body)

    async def _find(self, asked: BuildCheckout) -> wire.Checkout | None:
        page = await self._digital_river.list_checkouts(asked.purchase_id)
        mark = str(asked.attempt)
        return next(
            (
                checkout
                for checkout in page.data
                if checkout.upstream_id == asked.purchase_id
                and (checkout.metadata or {}).get(translate.ATTEMPT_KEY) == mark
            ),
            None,
        )

    async def _known(self, customer: Customer) -> wire.Customer:
        """The registered shopper at Digital River, made known there where they are new."""
        try:
            return await self._digital_river.get_customer(customer.id)
        except NotFound:
            body: dict[str, Any] = customer.model_dump(by_alias=True, exclude_none=True)
            try:
                return await self._digital_river.create_customer(body)
            except Conflict:
                # Another purchase of the same shopper was faster.
                return await self._digital_river.get_customer(customer.id)

    async def _attach(self, asked: AttachSource) -> wire.Source:
        if asked.customer_id is not None:
            await self._save(asked.source_id, asked.customer_id)
        try:
            return await self._digital_river.attach_checkout_source(
                asked.checkout_id, asked.source_id
            )
        except Conflict:
            # An earlier try may have attached it; a source cannot be attached twice.
            checkout = await self._digital_river.get_checkout(asked.checkout_id)
            if all(source.id != asked.source_id for source in checkout.payment.sources):
                raise
            return await self._digital_river.get_source(asked.source_id)

    async def _save(self, source_id: str, customer_id: str) -> None:
        try:
            await self._digital_river.attach_customer_source(customer_id, source_id)
        except Conflict:
            source = await self._digital_river.get_source(source_id)
            if source.customer_id != customer_id:
                raise


def _is_repeat() -> bool:
    """True where an earlier try may have come through: the ordinary step follows a failed one."""
    info = activity.info()
    return info.attempt > 1 or not info.is_local
