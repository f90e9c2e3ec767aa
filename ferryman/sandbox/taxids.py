"""Tax identifiers: given, verified, attached to customers (Tax identifiers)."""

import re

from .calls import Answer, Call
from .errors import conflict, invalid, not_found
from .events import emit
from .lists import page
from .sources import refresh_session
from .wire import Json, fraction, new_id, words
from .world import World

FILTERS = tuple(
    words("createdTime updatedTime ids customerId type value state pending verified not_valid")
)
_VOID = "999999999"
"""The sandbox's own: a value that ends so is found not valid."""
_VALUE = re.compile(r"[A-Za-z0-9.\-/ ]{2,20}")


def create_identifier(world: World, call: Call) -> Answer:
    """Take an identifier; it is verified a moment later."""
    kind, value = call.body["type"], call.body["value"]
    if not _VALUE.fullmatch(value):
        raise invalid("value", f"Tax identifier '{value}' invalid.")
    now = fraction(world.clock.now())
    document: Json = {
        "id": new_id(),
        "createdTime": world.stamp(),
        "updatedTime": world.stamp(),
        "type": kind,
        "value": value,
        "state": "pending",
        "stateTransitions": {"pending": now},
    }
    world.tax_identifiers[document["id"]] = document
    emit(world, "tax_identifier.created", document, None)
    world.clock.after(world.variants.settle_delay, "verify_identifier", document["id"])
    return Answer(201, document)


def get_identifier(world: World, call: Call) -> Answer:
    """Give one identifier."""
    return Answer(200, _find(world, call.id))


def list_identifiers(world: World, call: Call) -> Answer:
    """List identifiers, newest first."""
    return page(call, reversed(world.tax_identifiers.values()), FILTERS)


def delete_identifier(world: World, call: Call) -> Answer:
    """Forget an identifier."""
    document = _find(world, call.id)
    del world.tax_identifiers[call.id]
    emit(world, "tax_identifier.deleted", document, None)
    return Answer(204)


def attach_identifier(world: World, call: Call) -> Answer:
    """Attach an identifier to a customer; it belongs to one only."""
    if call.id not in world.customers:
        raise not_found("id", f"Customer '{call.id}' not found.")
    document = _find(world, call.ids["taxId"])
    if document.get("customerId", call.id) != call.id:
        message = f"Tax identifier '{document['id']}' is attached to a different customer."
        raise conflict("tax_identifier_in_use", message, "taxIdentifiers")
    document["customerId"] = call.id
    return Answer(200, document)


def verify_identifier(world: World, identity: str) -> None:
    """Find an identifier valid or not, if it is still there."""
    document = world.tax_identifiers.get(identity)
    if document is None:
        return
    state = "not_valid" if document["value"].endswith(_VOID) else "verified"
    document["state"] = state
    document["stateTransitions"][state] = fraction(world.clock.now())
    document["updatedTime"] = world.stamp()
    emit(world, f"tax_identifier.{state}", document, None)
    for checkout in world.checkouts.values():
        given = checkout.request.get("taxIdentifiers") or []
        if not checkout.consumed and identity in [one["id"] for one in given]:
            refresh_session(world, checkout)


def _find(world: World, identity: str) -> Json:
    document = world.tax_identifiers.get(identity)
    if document is None:
        raise not_found("id", f"Tax identifier '{identity}' not found.")
    return document
