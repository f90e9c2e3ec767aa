"""Webhooks: the addresses to which events are sent."""

from .calls import Answer, Call
from .errors import invalid, not_found
from .wire import Json, fraction, new_id
from .world import World


def create_webhook(world: World, call: Call) -> Answer:
    """Register an address."""
    _check(call.body)
    now = fraction(world.clock.now())
    document: Json = {
        "id": new_id(),
        "types": [],
        "apiVersion": "default",
        "enabled": True,
        "transportType": "HTTP",
        **call.body,
        "liveMode": False,
        "createdTime": now,
        "updatedTime": now,
    }
    world.webhooks[document["id"]] = document
    return Answer(201, document)


def list_webhooks(world: World, call: Call) -> Answer:
    """List the webhooks: a bare array, unlike every other list."""
    wanted = call.query.get("types", call.query.get("type", ""))
    names = [name for name in wanted.split(",") if name]
    found = [
        hook
        for hook in world.webhooks.values()
        if not names or any(name in hook["types"] for name in names)
    ]
    return Answer(200, found)


def get_webhook(world: World, call: Call) -> Answer:
    """Give one webhook."""
    return Answer(200, _find(world, call.id))


def update_webhook(world: World, call: Call) -> Answer:
    """Change a webhook, or enable it again."""
    document = _find(world, call.id)
    _check({**document, **call.body})
    document.update(call.body, updatedTime=fraction(world.clock.now()))
    return Answer(200, document)


def delete_webhook(world: World, call: Call) -> Answer:
    """Forget a webhook."""
    _find(world, call.id)
    del world.webhooks[call.id]
    return Answer(204)


def _find(world: World, identity: str) -> Json:
    document = world.webhooks.get(identity)
    if document is None:
        raise not_found("id", f"Webhook '{identity}' not found.")
    return document


def _check(body: Json) -> None:
    if not body["address"].startswith(("http://", "https://")):
        raise invalid("address", f"'{body['address']}' is not a valid address.")
