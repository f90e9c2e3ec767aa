"""A session of Prebuilt Checkout."""

from .base import Id, Loose, Wire


class CheckoutSession(Wire):
    """A session; the shopper buys at its `link`, and an event tells of the order."""

    id: Id
    link: str
    live_mode: Loose[bool] = None
