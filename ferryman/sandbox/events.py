"""Events: what happened, kept 30 days, in the envelope of the published payloads."""

from datetime import timedelta
from fnmatch import fnmatchcase

from .calls import Answer, Call
from .errors import invalid, not_found
from .lists import page
from .schema import problems
from .wire import Json, copy, dumps, fraction, loads, new_id
from .world import EventRecord, World

VERSION = "2021-12-13"
KEPT = timedelta(days=30)
_MOST_TYPES = 20
_FILES = ("order.invoice.created", "order.credit_memo.created")
_SCHEMAS = (
    ("order.invoice.", "FileEvent"),
    ("order.credit_memo.", "FileEvent"),
    ("order.chargeback", "SalesTransaction"),
    ("sales_transaction.", "SalesTransaction"),
    ("checkout_session.", "SessionOrder"),
    ("return.", "ReturnsResponse"),
    ("order.", "Order"),
    ("fulfillment.", "FulfillmentOrder"),
    ("refund.", "OrderRefund"),
    ("checkout.", "Checkout"),
    ("customer.source.", "Source"),
    ("customer.", "Customer"),
    ("source.", "Source"),
    ("sku.", "Sku"),
    ("fileLink.", "FileLink"),
    ("tax_identifier.", "CustomerTaxIdentifier"),
)


def emit(world: World, kind: str, subject: Json, upstream_id: str | None) -> None:
    """Book an event and hand it to the delivery; its object is a snapshot."""
    now = world.clock.now()
    event: Json = {
        "id": new_id(),
        "type": kind,
        "data": {"object": copy(subject)},
        "liveMode": False,
        "createdTime": fraction(now),
    }
    if kind in _FILES:
        event["versionIds"] = []
    else:
        event["webhookIds"] = [hook["id"] for hook in subscribers(world, kind)]
        event[world.variant(upstream_id).version_field] = VERSION
    body = dumps(event)
    _validate(world, kind, loads(body))
    record = EventRecord(event, body, upstream_id, now)
    world.events[record.id] = record
    world.unsent.append(record)


def subscribers(world: World, kind: str) -> list[Json]:
    """List the enabled webhooks that asked for a type."""
    return [
        hook
        for hook in world.webhooks.values()
        if hook["enabled"] and any(fnmatchcase(kind, wanted) for wanted in hook["types"])
    ]


def list_events(world: World, call: Call) -> Answer:
    """List the events of the last 30 days, newest first."""
    query = dict(call.query)
    wanted = _types(query.pop("type", None), query.pop("types", None))
    oldest = world.clock.now() - KEPT
    events = [
        record.event
        for record in reversed(world.events.values())
        if record.created >= oldest
        and (not wanted or any(fnmatchcase(record.event["type"], name) for name in wanted))
    ]
    return page(Call(query=query), events, ("createdTime",))


def get_event(world: World, call: Call) -> Answer:
    """Give one event."""
    record = world.events.get(call.id)
    if record is None or record.created < world.clock.now() - KEPT:
        raise not_found("id", f"Event '{call.id}' not found.")
    return Answer(200, record.event)


def _types(one: str | None, several: str | None) -> list[str]:
    if one is not None and several is not None:
        raise invalid("types", "Either type or types may be given.")
    names = [one] if one is not None else (several or "").split(",") if several else []
    if len(names) >= _MOST_TYPES:
        raise invalid("types", f"'{several}' is not a valid types.")
    return names


def _validate(world: World, kind: str, event: Json) -> None:
    subject = event["data"]["object"]
    schema = next(name for prefix, name in _SCHEMAS if kind.startswith(prefix))
    if kind.startswith("order.charge.") and "items" not in subject:
        schema = "Charge"
    for problem in [*problems("Event", event), *problems(schema, subject)]:
        world.violate(f"event {kind}", problem, event)
