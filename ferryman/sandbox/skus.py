"""SKUs: what is sold, and whether it is shipped (Creating and updating SKUs)."""

import re

from .calls import Answer, Call
from .checkouts import merge_metadata
from .errors import conflict, invalid, missing, not_found
from .events import emit
from .lists import page
from .pricing import names_digital
from .taxes import UNSUPPORTED_COUNTRIES
from .wire import Json, new_id, words
from .world import World

FILTERS = tuple(words("createdTime updatedTime ids eccn partNumber hsCode taxCode skuGroupId"))
_ID = re.compile(r"[0-9A-Za-z.\-_]+")
_HS_CODE = re.compile(r"\d{4}\.\d{2}\.\d{4}")


def create_sku(world: World, call: Call) -> Answer:
    """Create a SKU under an id of the caller's choice or a new one."""
    identity = call.body.get("id") or new_id("sku_")
    if identity in world.skus:
        raise conflict("already_exists", f"SKU '{identity}' already exists.", "id")
    return Answer(201, _store(world, identity, call.body))


def put_sku(world: World, call: Call) -> Answer:
    """Create a SKU or replace it."""
    known = call.id in world.skus
    return Answer(200 if known else 201, _store(world, call.id, call.body))


def get_sku(world: World, call: Call) -> Answer:
    """Give one SKU."""
    return Answer(200, _find(world, call.id))


def list_skus(world: World, call: Call) -> Answer:
    """List SKUs, newest first."""
    return page(call, reversed(world.skus.values()), FILTERS)


def update_sku(world: World, call: Call) -> Answer:
    """Change a SKU."""
    document, body = _find(world, call.id), dict(call.body)
    if "metadata" in body:
        body["metadata"] = merge_metadata(document.get("metadata"), body["metadata"])
    _check(call.id, {**document, **body})
    document.update(body, updatedTime=world.stamp())
    document["physical"] = _is_physical(document)
    emit(world, "sku.updated", document, None)
    return Answer(200, document)


def delete_sku(world: World, call: Call) -> Answer:
    """Forget a SKU."""
    document = _find(world, call.id)
    del world.skus[call.id]
    emit(world, "sku.deleted", document, None)
    return Answer(204)


def _store(world: World, identity: str, body: Json) -> Json:
    _check(identity, body)
    now, known = world.stamp(), world.skus.get(identity)
    document: Json = {
        **{key: value for key, value in body.items() if key != "itemBreadcrumb"},
        "id": identity,
        "createdTime": known["createdTime"] if known else now,
        "updatedTime": now,
        "physical": _is_physical(body),
        "liveMode": False,
    }
    if "weight" in body:
        document.setdefault("weightUnit", "oz")
    world.skus[identity] = document
    emit(world, "sku.updated" if known else "sku.created", document, None)
    return document


def _check(identity: str, body: Json) -> None:
    if not _ID.fullmatch(identity):
        raise invalid("id", f"'{identity}' is not a valid SKU ID.")
    for name in ("eccn", "taxCode", "countryOfOrigin"):
        if name not in body and "skuGroupId" not in body:
            raise missing(name)
    origin, hs_code = body.get("countryOfOrigin"), body.get("hsCode")
    if origin is not None and (
        not re.fullmatch(r"[A-Z]{2}", origin) or origin in UNSUPPORTED_COUNTRIES
    ):
        raise invalid("countryOfOrigin", f"'{origin}' is not a valid Country of Origin.")
    if hs_code is not None and not _HS_CODE.fullmatch(hs_code):
        raise invalid("hsCode", f"'{hs_code}' is not a valid HS code.")


def _is_physical(sku: Json) -> bool:
    """Read a tax code: a suffix other than `_A` stands for something that is not shipped.

    Only the published code `4323.310_A` with `physical` true is known; the rest is our own rule,
    and so is that a SKU without a code is what its group's name says.
    """
    code = str(sku.get("taxCode", ""))
    if not code:
        return not names_digital(sku.get("skuGroupId"))
    return "_" not in code or code.endswith("_A")


def _find(world: World, identity: str) -> Json:
    document = world.skus.get(identity)
    if document is None:
        raise not_found("id", f"SKU '{identity}' not found.")
    return document
