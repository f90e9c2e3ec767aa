"""A payment session: what sources contribute and what state that leaves it in."""

from decimal import Decimal

from .money import ZERO
from .wire import Json, present
from .world import Session, Source

_READY = ("chargeable", "pending_funds", "pending_redirect")
REDIRECT_FIRST = frozenset(("payPal", "payPalBilling", "payPalCredit"))


def contributions(sources: list[Source], total: Decimal) -> list[Decimal]:
    """Give what each source pays: secondary ones their amount, the primary one the rest."""
    secondary = sum((source.fixed_amount or ZERO for source in sources if source.secondary), ZERO)
    paid = []
    for source in sources:
        rest = max(ZERO, total - secondary)
        wanted = source.fixed_amount if source.fixed_amount is not None else rest
        paid.append(wanted if source.secondary else min(wanted, rest))
    return paid


def settle_state(session: Session, sources: list[Source], total: Decimal) -> None:
    """Set the state of a session that has no order yet (Payment sessions)."""
    remaining = total - sum(contributions(sources, total), ZERO)
    waiting = any(
        source.doc["type"] in REDIRECT_FIRST and source.doc["state"] == "pending_redirect"
        for source in sources
    )
    dead = any(source.doc["state"] not in _READY for source in sources)
    if remaining > 0 or dead:
        session.state = "requires_source"
    else:
        session.state = "pending_redirect" if waiting else "requires_confirmation"


def payment_document(
    session: Session, sources: list[Source], total: Decimal, charges: list[Json] | None = None
) -> Json:
    """Write `payment` as checkouts and orders show it."""
    paid = contributions(sources, total)
    shown = [_source(source, amount) for source, amount in zip(sources, paid, strict=True)]
    contributed = sum(paid, ZERO)
    return present(
        charges=charges or None,
        sources=shown or None,
        session=present(
            id=session.id,
            amountContributed=contributed,
            amountRemainingToBeContributed=total - contributed,
            state=session.state,
            clientSecret=session.secret,
            nextAction=session.next_action,
        ),
    )


def _source(source: Source, amount: Decimal) -> Json:
    doc = source.doc
    kind = doc["type"]
    return present(
        id=source.id,
        type=kind,
        amount=amount,
        owner=doc.get("owner"),
        upstreamId=doc.get("upstreamId"),
        **{kind: doc.get(kind)},
    )
