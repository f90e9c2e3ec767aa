"""What happened to a purchase, as sentences: the timeline without codes and personal data."""

from collections.abc import Iterable, Mapping

from ferryman.purchase.states import CancelReason
from ferryman.purchase.timeline import EntryKind, TimelineEntry

SENTENCES: Mapping[str, str] = {
    "checkout_built": "the checkout was built",
    "checkout_refused": "Digital River refused the checkout",
    "checkout_changed": "the checkout was changed",
    "change_refused": "Digital River refused the change",
    "source_attached": "the shopper chose how to pay",
    "source_refused": "Digital River refused the way to pay",
    "terms_accepted": "the shopper accepted the terms and submitted",
    "order_created": "the order was created",
    "order_refused": "Digital River did not take the order",
    "order_adopted": "an order that was there already was taken over",
    "shopper_back": "the shopper came back from the payment page",
    "charge_failed": "the charge failed",
    "cancel": "a cancellation was asked for",
    "cancellation_refused": "a cancellation was not taken",
    "cancelled_at_provider": "Digital River cancelled everything that was open",
    "partly_cancelled_at_provider": "Digital River cancelled a part",
    "order_cancelled": "an order left behind was cancelled",
    "shipment_reported": "a shipment was reported",
    "shipment_held": "a shipment is held",
    "shipment_refused": "a shipment was not taken",
    "capture_failed": "the money of a shipment could not be taken",
    "captured_after_all": "the money of a shipment was taken after all",
    "document_linked": "a document was linked",
    "document_missing": "a document never came",
    "continued_as": "the money that came late is kept as another purchase",
    "act_refused": "the act was refused after all",
    "interrupted": "a piece of work was refused",
    "checkout_window_closed": "the checkout window closed",
    "payment_window_closed": "the payment window closed",
    "review_window_closed": "the review window closed",
    "authorization_aged": "the payment's authorisation came of age",
    "refund_requested": "a refund was asked for",
    "return_requested": "a return was announced",
}
"""By an entry's name; a name without one is told as it is."""
GAP = "\u00a0"
"""A space that the Web UI keeps: its tables have none between their columns."""
_IDS = ("orderId", "purchaseId", "shipmentId", "refundId", "returnId")
"""What of an entry's detail is told; all else may hold codes, or words of a person."""


def list_of(entries: Iterable[TimelineEntry]) -> str:
    """A markdown list, one line for each entry."""
    return "\n".join(f"- `{entry.time:%m-%d %H:%M:%S}` {sentence(entry)}" for entry in entries)


def sentence(entry: TimelineEntry) -> str:
    """One entry in words."""
    named = [quoted(entry.detail[key]) for key in _IDS if key in entry.detail]
    return f"{_told(entry)} {', '.join(named)}".rstrip()


def quoted(text: object) -> str:
    """A text of others as markdown code, which it cannot leave."""
    return "`" + " ".join(str(text).replace("`", "'").split()) + "`"


def _told(entry: TimelineEntry) -> str:
    match entry.kind:
        case EntryKind.STATE:
            return f"the purchase became **{entry.name}**{_why(entry)}"
        case EntryKind.EVENT:
            return f"Digital River told: {quoted(entry.name)}"
        case _ if entry.name == "needs_attention":
            return f"a person was called: `{entry.detail['reason']}`"
        case EntryKind.ACT if entry.name not in SENTENCES:
            return f"an operator's act: {quoted(entry.name)}"
        case _:
            return SENTENCES.get(entry.name) or entry.name.replace("_", " ")


def _why(entry: TimelineEntry) -> str:
    reason = entry.detail.get("reason")
    return f" ({reason})" if reason in list(CancelReason) else ""
