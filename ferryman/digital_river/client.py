"""The client of Digital River: one method, one call, no repeats."""

import aiohttp
from pydantic import SecretStr
from structlog.typing import FilteringBoundLogger

from .calls.checkouts import CheckoutCalls
from .calls.customers import CustomerCalls
from .calls.events import EventCalls
from .calls.files import FileCalls
from .calls.fulfillments import FulfillmentCalls
from .calls.orders import OrderCalls
from .calls.refunds import RefundCalls
from .calls.returns import ReturnCalls
from .calls.sessions import CheckoutSessionCalls
from .calls.skus import SkuCalls
from .calls.taxids import TaxIdentifierCalls
from .transport import Pace, Transport, Witness, calling_for

__all__ = ["DigitalRiver", "Pace", "Witness", "calling_for"]


class DigitalRiver(
    SkuCalls,
    CustomerCalls,
    TaxIdentifierCalls,
    CheckoutSessionCalls,
    CheckoutCalls,
    OrderCalls,
    FulfillmentCalls,
    RefundCalls,
    ReturnCalls,
    FileCalls,
    EventCalls,
):
    """Digital River's API behind one key.

    Each method makes one HTTP call and raises a leaf of the errors' tree. Repeating is left to
    the caller, who alone can look before.
    """

    def __init__(  # noqa: PLR0913 - given by name, each for a reason of its own
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: SecretStr,
        version: str = "2021-12-13",
        timeout_seconds: float = 10,
        pace: Pace | None = None,
        log: FilteringBoundLogger | None = None,
        witness: Witness | None = None,
    ) -> None:
        """Connect; ValueError where the key would go to the internet unencrypted."""
        super().__init__(
            Transport(
                session,
                base_url=base_url,
                api_key=api_key,
                version=version,
                timeout_seconds=timeout_seconds,
                pace=pace,
                log=log,
                witness=witness,
            )
        )
