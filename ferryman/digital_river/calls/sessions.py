"""Prebuilt Checkout: Digital River's own page, on which it makes checkout and order itself."""

from ferryman.digital_river.models import CheckoutSession

from .base import Body, Calls


class CheckoutSessionCalls(Calls):
    """Calls on `/drop-in/checkout-sessions`."""

    async def create_checkout_session(self, body: Body) -> CheckoutSession:
        """Begin a session; its `link` is where the shopper goes on to buy."""
        return await self._post(CheckoutSession, "drop-in", "checkout-sessions", body=body)
