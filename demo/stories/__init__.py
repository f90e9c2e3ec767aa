"""The stories, each a function of its own written in plain steps; all play at once."""

from collections.abc import Awaitable, Callable

from demo.scene import Scene

from . import (
    aftermath,
    cards,
    crash,
    parcels,
    prebuilt,
    pushes,
    redirects,
    reviews,
    shoppers,
    webhooks,
)

Story = Callable[[Scene], Awaitable[None]]

STORIES: tuple[Story, ...] = (
    cards.card_accepted_and_shipped,
    cards.card_declined_then_another_card,
    redirects.redirect_approved,
    redirects.redirect_abandoned_then_card,
    pushes.wire_transfer_paid_late,
    pushes.konbini_never_paid,
    reviews.review_passed,
    reviews.review_blocked,
    parcels.two_parcels_and_a_cancelled_line,
    parcels.digital_goods,
    parcels.customer_cancels,
    shoppers.registered_shopper_stored_card,
    aftermath.capture_failed,
    aftermath.refund_of_a_wire_transfer,
    aftermath.dispute_holds_and_lets_go,
    prebuilt.prebuilt_checkout,
    webhooks.all_webhooks_lost,
    webhooks.events_tripled_and_shuffled,
    crash.worker_killed_in_the_middle,
)


def name_of(story: Story) -> str:
    """Give a story's name, which is its purchase's id too."""
    return story.__name__.replace("_", "-")
