"""What Digital River charges and has to say about it: totals, lines, seller, disclosures."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from ferryman.digital_river import models as wire
from ferryman.money import quantize
from ferryman.purchase.purchase import (
    Checkout,
    Disclosure,
    NextAction,
    Payment,
    PricedLine,
    SellingEntity,
    Session,
)

LINE_KEY = "lineId"
"""Copied from the checkout's line to the order's, whose ids differ ("Building checkouts")."""
_LONGEST = 64


def checkout(priced: wire.Checkout | wire.Order, checkout_id: str) -> Checkout:
    """The totals and texts of a checkout, or of the order that was made of one."""
    rounded = partial(rounded_to, currency=priced.currency)
    return Checkout(
        id=checkout_id,
        currency=priced.currency or "",
        subtotal=rounded(priced.subtotal),
        total_tax=rounded(priced.total_tax),
        total_fees=rounded(priced.total_fees),
        total_duty=rounded(priced.total_duty),
        total_shipping=rounded(priced.total_shipping),
        total_discount=rounded(priced.total_discount),
        total_amount=rounded(priced.total_amount),
        items=_lines(priced.items, priced.currency),
        selling_entity=_selling_entity(priced.selling_entity),
        disclosures=_disclosures(priced.disclosures),
        locale=priced.locale,
        payment=Payment(session=session(priced.payment.session)),
    )


def line_id(line: wire.CheckoutItem | wire.OrderItem) -> str | None:
    """Our own line id, where Digital River has kept what we wrote on the line."""
    written = (line.metadata or {}).get(LINE_KEY)
    return None if written is None else str(written)


def line_ids(lines: Sequence[wire.CheckoutItem | wire.OrderItem]) -> list[str]:
    """An id for each line: our own where it is one, else the provider's, which is always one.

    What stands on the lines of an order made elsewhere may be anything, and on several of them.
    """
    written = [line_id(line) for line in lines]
    taken = Counter([*written, *(line.id for line in lines)])
    return [
        name if name is not None and taken[name] == 1 and 0 < len(name) <= _LONGEST else line.id
        for name, line in zip(written, lines, strict=True)
    ]


def session(shown: wire.PaymentSession | None) -> Session | None:
    """The payment session that the storefront's drop-in needs."""
    if shown is None or shown.id is None:
        return None
    return Session(
        id=shown.id,
        state=shown.state,
        client_secret=shown.client_secret,
        next_action=_next_action(shown.next_action),
    )


def rounded_to(amount: Decimal | None, currency: str | None) -> Decimal | None:
    """The amount in the currency's digits; Digital River's doubles carry noise behind them."""
    if amount is None or currency is None:
        return amount
    try:
        return quantize(amount, currency)
    except ValueError:
        return amount


def _lines(
    lines: Sequence[wire.CheckoutItem | wire.OrderItem], currency: str | None
) -> tuple[PricedLine, ...]:
    def share(part: wire.Share | None) -> Decimal | None:
        return rounded_to(part.amount, currency) if part else None

    return tuple(
        PricedLine(
            line_id=name,
            quantity=line.quantity,
            amount=rounded_to(line.amount, currency),
            tax=share(line.tax),
            importer_tax=share(line.importer_tax),
            fees=share(line.fees),
            duty=share(line.duties),
        )
        for name, line in zip(line_ids(lines), lines, strict=True)
    )


def _selling_entity(entity: wire.Entity | None) -> SellingEntity | None:
    return SellingEntity(id=entity.id, name=entity.name) if entity else None


def _disclosures(told: wire.Disclosures | None) -> tuple[Disclosure, ...]:
    return tuple(
        Disclosure(
            type=each.type,
            entity_id=each.entity_id,
            entity_name=each.entity_name,
            localized_text=each.localized_text,
            url=each.url,
        )
        for each in (told.disclosures if told else ())
    )


def _next_action(action: wire.NextAction | None) -> NextAction | None:
    return NextAction(action=action.action, data=action.data or {}) if action else None
