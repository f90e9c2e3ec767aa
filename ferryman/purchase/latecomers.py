"""Events that come after the end of a purchase and tell nothing that its record does not show.

Pure. An order goes from acceptance to completion ("The order lifecycle"), and events arrive in any
order ("Webhooks"): once it is seen to be complete, what tells of the way there is old.
"""

from datetime import datetime

from .documents import DocumentKind
from .messages import Hint, ProviderEvent
from .purchase import Purchase
from .states import State
from .timeline import EntryKind, TimelineEntry

_ON_THE_WAY = frozenset(
    {Hint.PENDING_PAYMENT, Hint.IN_REVIEW, Hint.ACCEPTED, Hint.FULFILLED, Hint.COMPLETE}
)


def is_old(purchase: Purchase, event: ProviderEvent) -> bool:
    """Tell whether the record of the purchase, which has closed, shows all that the event says."""
    own = purchase.order is not None and purchase.order.id == event.order_id
    if not own or purchase.state is not State.COMPLETE:
        return False
    if event.hint is Hint.DOCUMENT and event.file_id is not None:
        return event.file_id in {document.file_id for document in purchase.documents}
    # Where the invoice has not been seen, any event is a reason to look for it.
    invoiced = any(document.kind is DocumentKind.INVOICE for document in purchase.documents)
    return invoiced and event.hint in _ON_THE_WAY


def heard(
    purchase: Purchase, event: ProviderEvent, last: int, now: datetime
) -> tuple[Purchase, TimelineEntry]:
    """Give the next version of the purchase and its entry, the one after `last`."""
    entry = TimelineEntry(
        sequence=last + 1,
        time=now,
        kind=EntryKind.EVENT,
        name=event.name,
        detail={"id": event.id},
    )
    changes = {"version": purchase.version + 1, "updated_time": now}
    return purchase.model_copy(update=changes), entry
