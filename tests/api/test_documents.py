import json
import re

import jsonschema_rs
import pytest

from api.keys import ROUTES
from tests.api.door import Door, request


async def test_lists_every_route(door: Door):
    """The document has exactly the routes that are served."""
    document = (await door.get("/openapi.json", scope=None)).json
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }

    assert document["openapi"] == "3.1.0"
    assert described == {(route.method, route.path) for route in door.api.app[ROUTES]}


async def test_refers_to_what_is_there(door: Door):
    """Every reference of the document leads somewhere in it."""
    reply = await door.get("/openapi.json", scope=None)
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', reply.body.decode()))

    assert names <= set(reply.json["components"]["schemas"])
    assert names


async def test_operations_have_names_of_their_own(door: Door):
    """No two operations share an id."""
    paths = (await door.get("/openapi.json", scope=None)).json["paths"]
    ids = [each["operationId"] for methods in paths.values() for each in methods.values()]

    assert len(ids) == len(set(ids))


async def test_answers_fit(door: Door, new_id: str):
    """What is answered is as the document says."""
    document = (await door.get("/openapi.json", scope=None)).json
    created = await door.open(request(upstreamId=new_id))
    answers = {
        ("/purchases", "post", "201"): created,
        ("/purchases", "get", "200"): await door.get("/purchases"),
        ("/purchases/{id}", "get", "200"): await door.get(f"/purchases/{new_id}"),
        ("/purchases/{id}", "get", "404"): await door.get("/purchases/nobody"),
        ("/purchases", "post", "422"): await door.open(request(colour="blue")),
        ("/purchases/{id}/timeline", "get", "200"): await door.get(f"/purchases/{new_id}/timeline"),
    }
    for (path, method, status), reply in answers.items():
        content = document["paths"][path][method]["responses"][status]["content"]
        media = reply.headers["Content-Type"]
        schema = {**content[media]["schema"], "components": document["components"]}

        assert str(reply.status) == status
        assert jsonschema_rs.is_valid(schema, reply.json), (path, method, status)


@pytest.mark.parametrize(
    ("changes", "valid"), [({}, True), ({"colour": "blue"}, False), ({"items": [{}]}, False)]
)
async def test_requests_fit(door: Door, changes: dict[str, object], *, valid: bool):
    """The document lets through what the API does, and refuses unknown fields as it does."""
    document = (await door.get("/openapi.json", scope=None)).json
    body = document["paths"]["/purchases"]["post"]["requestBody"]
    schema = {
        **body["content"]["application/json"]["schema"],
        "components": document["components"],
    }

    assert jsonschema_rs.is_valid(schema, request(**changes)) is valid


async def test_page(door: Door):
    """The page for people names every path, needs no script and loads nothing from elsewhere."""
    reply = await door.get("/docs", scope=None)
    page = reply.body.decode()

    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "style-src 'sha256-" in reply.headers["Content-Security-Policy"]
    assert all(route.path in page for route in door.api.app[ROUTES])
    assert "<script" not in page
    assert "http" not in page.replace("https://json-schema.org", "")


async def test_keys_are_declared(door: Door):
    """Each operation says what opens it."""
    paths = (await door.get("/openapi.json", scope=None)).json["paths"]

    assert paths["/healthz"]["get"]["security"] == []
    assert paths["/webhooks/digital-river"]["post"]["security"] == [{"signature": []}]
    assert paths["/purchases"]["post"]["security"] == [{"key": []}]
    assert "scope `write`" in json.dumps(paths["/purchases"]["post"])
