import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from api.app import DECLARED
from api.routes import Open, Route
from tests.hostile.system import System
from tests.hostile.words import TEMPLATES

_READ = [
    route
    for route in DECLARED
    if route.method == "GET" and route.gives.get(200) and route.path.count("{") < 2
]

_STRICT = [route for route in DECLARED if route.takes and route.access is not Open.SIGNED]


def _objects(document: Any, path: str = "") -> Iterator[str]:
    if isinstance(document, dict):
        yield path
        for name, value in document.items():
            # What is in there is the merchant's own.
            if name != "metadata":
                yield from _objects(value, f"{path}/{name}")
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from _objects(value, f"{path}/{index}")


def _with(document: Any, path: str) -> Any:
    """The document with a field that nobody knows at this place."""
    if not path:
        return {**document, "isAdmin": True}
    first, _, rest = path[1:].partition("/")
    rest = f"/{rest}" if rest else ""
    if isinstance(document, list):
        index = int(first)
        return [*document[:index], _with(document[index], rest), *document[index + 1 :]]
    return {**document, first: _with(document[first], rest)}


def _cases() -> Iterator[tuple[Route, str]]:
    for route in _STRICT:
        assert route.takes is not None
        yield from ((route, path) for path in _objects(TEMPLATES[route.takes.__name__]))


@pytest.mark.parametrize(
    ("route", "path"),
    [
        pytest.param(*case, id=f"{case[0].method} {case[0].path} {case[1] or '/'}")
        for case in _cases()
    ],
)
async def test_refused(system: System, route: Route, path: str):
    """No route takes a field that it does not know, at any depth: it is named and refused."""
    assert route.takes is not None
    body = _with(TEMPLATES[route.takes.__name__], path)
    headers = {"Idempotency-Key": "unknown fields"}

    target = re.sub(r"\{\w+\}", "nobodys", route.path)
    status, answer = await system.call(route.method, target, body, **headers)

    assert 422 == status, answer
    assert f"{path}/isAdmin" in {each["pointer"] for each in answer["errors"]}


def test_models_are_of_ours():
    """Each body has a model, for without one nothing would be refused."""
    assert all(issubclass(route.takes, BaseModel) for route in _STRICT if route.takes)
    assert len(_STRICT) >= 9


def _closed(node: Any) -> Any:
    """The schema in which nothing may stand that it does not name."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    inner = {name: _closed(value) for name, value in node.items()}
    named = isinstance(node.get("properties"), dict) and node.get("type") == "object"
    return {**inner, "additionalProperties": False} if named else inner


@pytest.mark.parametrize("route", _READ, ids=lambda route: route.path)
async def test_answers_say_no_more(system: System, document: dict[str, Any], route: Route):
    """No answer has a field that the OpenAPI document does not name, at any depth."""
    if not await _is_there(system):
        await system.order("told-1")
    _, answer = await system.call("GET", route.path.replace("{id}", "told-1"))
    responses = document["paths"][route.path]["get"]["responses"]
    told = responses["200"]["content"]["application/json"]["schema"]
    schema = {**told, "components": {"schemas": _closed(document["components"]["schemas"])}}

    assert [] == [str(each) for each in jsonschema_rs.validator_for(schema).iter_errors(answer)]
    assert answer


async def _is_there(system: System) -> bool:
    return (await system.call("GET", "/purchases/told-1"))[0] == 200
