"""What the purchase page says after a lever was pulled, in sentences that are true."""

from collections.abc import Mapping

from ferryman.purchase.purchase import Purchase
from ferryman.purchase.states import State

TOLD: Mapping[str, str] = {
    "done": "Done.",
    "asked": "Done at Digital River. The purchase hears of it by a webhook.",
    "unheard": (
        "Done at Digital River, and the webhook about it is lost. The purchase finds out by itself"
        " when it reads its order the next time."
    ),
    "deaf": "From now on the webhooks about this purchase are lost.",
    "hears": "From now on the webhooks about this purchase arrive again.",
    "held": "Taken, and held until the dispute is over.",
    "wished": "Taken, and remembered: it is carried out as soon as the order can be cancelled.",
    "waits": (
        "Taken, and not done yet: it waits for a worker. This page goes on by itself as soon as it"
        " is done; doing it again is safe."
    ),
}
"""By the word that stands in the page's address after the lever."""

PASSING = frozenset({"waits"})
"""What is true only until something happens."""


def word_of(purchase: Purchase) -> str:
    """Choose the word for what the API has taken and not done yet (202)."""
    if purchase.state is State.DISPUTED:
        return "held"
    return "wished" if purchase.cancellation else "waits"
