"""Customers and the sources they have saved."""

from .calls import Answer, Call
from .checkouts import merge_metadata
from .errors import conflict, not_found, refuse
from .events import emit
from .lists import page
from .sources import find_source
from .wire import Json, words
from .world import World

FILTERS = tuple(words("createdTime updatedTime email ids requestToBeForgotten"))
_LONGEST_ID = 40


def create_customer(world: World, call: Call) -> Answer:
    """Create a customer, under an id of the caller's choice or a new one."""
    identity = call.body.get("id") or world.number()
    if identity in world.customers:
        raise conflict("already_exists", f"Customer '{identity}' already exists.", "id")
    if len(identity) > _LONGEST_ID:
        raise refuse(400, "invalid_parameter", f"'{identity}' is not a valid id.", "id")
    _check_default(world, call.body)
    now = world.stamp()
    document: Json = {
        "id": identity,
        "createdTime": now,
        "updatedTime": now,
        "enabled": True,
        "requestToBeForgotten": False,
        "locale": "en_US",
        "type": "individual",
        **{key: value for key, value in call.body.items() if key != "taxCertificate"},
        "liveMode": False,
    }
    if "taxCertificate" in call.body:
        document["taxCertificates"] = [call.body["taxCertificate"]]
    world.customers[identity] = document
    emit(world, "customer.created", describe(world, document), None)
    return Answer(201, describe(world, document))


def get_customer(world: World, call: Call) -> Answer:
    """Give one customer."""
    return Answer(200, describe(world, _find(world, call.id)))


def list_customers(world: World, call: Call) -> Answer:
    """List customers, newest first."""
    shown = [describe(world, one) for one in reversed(world.customers.values())]
    return page(call, shown, FILTERS)


def update_customer(world: World, call: Call) -> Answer:
    """Change a customer."""
    document, body = _find(world, call.id), dict(call.body)
    _check_default(world, body)
    if "metadata" in body:
        body["metadata"] = merge_metadata(document.get("metadata"), body["metadata"])
    if "taxCertificate" in body:
        document.setdefault("taxCertificates", []).append(body.pop("taxCertificate"))
    document.update(body, updatedTime=world.stamp())
    emit(world, "customer.updated", describe(world, document), None)
    return Answer(200, describe(world, document))


def delete_customer(world: World, call: Call) -> Answer:
    """Forget a customer."""
    document = describe(world, _find(world, call.id))
    del world.customers[call.id]
    emit(world, "customer.deleted", document, None)
    return Answer(204)


def attach_customer_source(world: World, call: Call) -> Answer:
    """Save a source: it must be chargeable and ready for storage; it becomes reusable."""
    customer, source = _find(world, call.id), find_source(world, call.ids["sourceId"], "sourceId")
    owner = source.doc.get("customerId")
    if owner is not None and owner != call.id:
        message = f"Source '{source.id}' is attached to a different customer."
        raise conflict("source_in_use", message, "sourceId")
    if source.doc["state"] != "chargeable":
        message = f"Source '{source.id}' is not chargeable."
        raise conflict("source_not_chargeable", message, "sourceId")
    if not source.storable:
        message = "Only a reusable source may be attached to a customer."
        raise conflict("nonreusable_source", message)
    source.doc.update(customerId=call.id, reusable=True)
    source.fixed_amount = None
    for name in ("amount", "currency"):
        source.doc.pop(name, None)
    customer.setdefault("defaultSourceId", source.id)
    emit(world, "customer.source.created", source.doc, None)
    return Answer(200, source.doc)


def detach_customer_source(world: World, call: Call) -> Answer:
    """Remove a saved source; it cannot be used again."""
    customer, source = _find(world, call.id), find_source(world, call.ids["sourceId"], "sourceId")
    if source.doc.get("customerId") != call.id:
        raise not_found("sourceId", f"Source '{source.id}' not found.")
    if customer.get("defaultSourceId") == source.id:
        del customer["defaultSourceId"]
    del source.doc["customerId"]
    source.doc.update(state="cancelled", reusable=False)
    emit(world, "customer.source.deleted", source.doc, None)
    return Answer(204)


def describe(world: World, customer: Json) -> Json:
    """Write a customer with its saved sources and tax identifiers."""
    identity = customer["id"]
    sources = [one.doc for one in world.sources.values() if one.doc.get("customerId") == identity]
    identifiers = [
        one for one in world.tax_identifiers.values() if one.get("customerId") == identity
    ]
    found = {"sources": sources, "taxIdentifiers": identifiers}
    return {**customer, **{name: value for name, value in found.items() if value}}


def _check_default(world: World, body: Json) -> None:
    if "defaultSourceId" in body:
        find_source(world, body["defaultSourceId"], "defaultSourceId")


def _find(world: World, identity: str) -> Json:
    document = world.customers.get(identity)
    if document is None:
        raise not_found("id", f"Customer '{identity}' not found.")
    return document
