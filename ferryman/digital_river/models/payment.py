"""How far a checkout or an order is paid."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from .base import Amount, Id, Loose, Many, Wire
from .charge import Charge
from .source import Source


class NextAction(Wire):
    """What the shopper has to do: `redirect`, `show_payment_instructions`, `sca_required`."""

    action: str
    data: Loose[dict[str, Any]] = None


class PaymentSession(Wire):
    """The session that gathers the sources; ready for an order in `requires_confirmation`."""

    id: Id | None = None
    state: str | None = None
    client_secret: Loose[str] = None
    amount_contributed: Loose[Amount] = None
    amount_remaining_to_be_contributed: Loose[Amount] = None
    next_action: Loose[NextAction] = None


class Payment(Wire):
    """The `payment` part; there are no charges before an order is authorized."""

    sources: Many[Source] = ()
    charges: Many[Charge] = ()
    session: PaymentSession | None = None


PaymentPart = Annotated[Payment, BeforeValidator(lambda value: {} if value is None else value)]
"""A payment part that may be missing or null."""
