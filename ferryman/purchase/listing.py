"""What Temporal's list and title say of a workflow from its start; it costs no event.

None of it may hold personal data: titles and memos are for everybody who looks.
"""

from .messages import Begin, ProviderEvent


def memo_of(begin: Begin) -> dict[str, str | int]:
    """What operators look for beside the search attributes."""
    request = begin.request
    return {
        "currency": request.currency,
        "lines": len(request.items),
        "shopper": "registered" if request.customer else "guest",
        "channel": _channel(begin),
    }


def title_of(begin: Begin) -> str:
    """The title of a purchase."""
    return f"Purchase **{begin.id}**"


def outline_of(begin: Begin) -> str:
    """What never changes of a purchase, in a line."""
    said = memo_of(begin)
    plural = "" if said["lines"] == 1 else "s"
    return (
        f"{said['lines']} line{plural} in {said['currency']}, {said['shopper']} shopper, by"
        f" {said['channel']}. All of it: `GET /purchases/{begin.id}`, and `/timeline` there."
    )


def parked_title_of(event: ProviderEvent) -> str:
    """The title of an event that looks for its purchase."""
    return f"{event.name} of order {event.order_id or 'unknown'}"


def after_sale_title_of(kind: str, own_id: str, purchase_id: str) -> str:
    """The title of a refund or a return; `kind` is the workflow's type."""
    return f"{kind} **{own_id}** of purchase **{purchase_id}**"


def _channel(begin: Begin) -> str:
    if begin.adopts is not None:
        return "money that came late" if begin.adopts.continues else "Digital River's own checkout"
    return begin.request.charge_type or "storefront"
