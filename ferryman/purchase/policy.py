"""How long a purchase waits for whom: promised when it begins, whatever is set later."""

from datetime import timedelta
from typing import Literal

from .base import Noun

DigitalDelivery = Literal["merchant", "automatic"]
"""Who reports lines that are not physical: the merchant, or we as soon as the order is accepted."""


class Policy(Noun):
    """How one purchase is carried; all durations are real time."""

    checkout_window: timedelta
    payment_windows: dict[str, timedelta]
    payment_grace: timedelta
    review_window: timedelta
    poll_interval: timedelta
    settle_time: timedelta
    provider_timeout: timedelta
    authorization_age: timedelta = timedelta(days=7)
    """Goods may go out against an authorisation that is no older."""
    digital_delivery: DigitalDelivery = "merchant"

    def payment_window(self, source_type: str | None, *, redirect: bool) -> timedelta:
        """How long an order may stay unpaid; `redirect` and `default` serve what is not named."""
        windows = self.payment_windows
        if source_type in windows:
            return windows[source_type]
        return windows["redirect"] if redirect else windows["default"]
