"""Files and the links by which anyone may read one for a while."""

import base64

from .calls import Answer, Call
from .errors import invalid, not_found
from .events import emit
from .lists import page
from .wire import Json, fraction, instant, new_id, words
from .world import World

FILTERS = tuple(words("createdTime ids purpose fileName title size type"))
LINK_FILTERS = ("createdTime", "ids", "fileId", "expired")


def store_file(world: World, purpose: str, name: str, content: bytes) -> Json:
    """Keep a file and give its document."""
    identity = new_id()
    document: Json = {
        "id": identity,
        "createdTime": world.stamp(),
        "fileName": name,
        "purpose": purpose,
        "size": len(content),
        "type": name.rsplit(".", 1)[-1],
        "url": f"https://api.digitalriver.com/files/{identity}/content",
        "liveMode": False,
    }
    world.files[identity] = document
    world.contents[identity] = content
    return document


def create_file(world: World, call: Call) -> Answer:
    """Take an upload, such as a tax certificate: JSON with the content in base64, no form."""
    body = call.body
    try:
        content = base64.b64decode(body["file"], validate=True)
    except ValueError as error:
        raise invalid("file", "The file is not in base64.") from error
    document = store_file(world, body["purpose"], body["fileName"], content)
    document.update({name: body[name] for name in ("title",) if name in body})
    if "linkExpiresTime" in body:
        wish = {"fileId": document["id"], "expiresTime": body["linkExpiresTime"]}
        create_link(world, Call(body=wish))
    return Answer(201, _linked(world, document))


def get_file(world: World, call: Call) -> Answer:
    """Give one file's document."""
    return Answer(200, _linked(world, _find(world, call.id)))


def list_files(world: World, call: Call) -> Answer:
    """List files, newest first."""
    shown = [_linked(world, file) for file in reversed(world.files.values())]
    return page(call, shown, FILTERS)


def get_content(world: World, call: Call) -> Answer:
    """Give a file's bytes."""
    _find(world, call.id)
    return Answer(200, world.contents[call.id])


def create_link(world: World, call: Call) -> Answer:
    """Make a public link that works until it expires."""
    body = call.body
    _find(world, body["fileId"], "fileId")
    if instant(body["expiresTime"]) <= world.clock.now():
        raise invalid("expiresTime", f"{body['expiresTime']} is not a valid timestamp.")
    identity = new_id()
    document: Json = {
        "id": identity,
        "createdTime": fraction(world.clock.now()),
        "expired": False,
        "expiresTime": body["expiresTime"],
        "fileId": body["fileId"],
        "url": f"{world.settings.base_url}/links/{identity}",
        "liveMode": False,
    }
    world.file_links[identity] = document
    emit(world, "fileLink.created", document, None)
    return Answer(201, document)


def get_link(world: World, call: Call) -> Answer:
    """Give one link."""
    document = world.file_links.get(call.id)
    if document is None:
        raise not_found("id", f"File link '{call.id}' not found.")
    return Answer(200, _aged(world, document))


def list_links(world: World, call: Call) -> Answer:
    """List links, newest first."""
    links = [_aged(world, link) for link in reversed(world.file_links.values())]
    return page(call, links, LINK_FILTERS)


def read_link(world: World, identity: str) -> bytes:
    """Give the bytes behind a link; raises the 404 Refusal for an expired one."""
    link = world.file_links.get(identity)
    if link is None or _aged(world, link)["expired"]:
        raise not_found("id", f"File link '{identity}' not found.")
    return world.contents[link["fileId"]]


def _linked(world: World, file: Json) -> Json:
    links = [_aged(world, one) for one in world.file_links.values() if one["fileId"] == file["id"]]
    return {**file, "links": links} if links else file


def _aged(world: World, link: Json) -> Json:
    return {**link, "expired": instant(link["expiresTime"]) <= world.clock.now()}


def _find(world: World, identity: str, parameter: str = "id") -> Json:
    document = world.files.get(identity)
    if document is None:
        raise not_found(parameter, f"File '{identity}' not found.")
    return document
