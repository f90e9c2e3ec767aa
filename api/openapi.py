"""The OpenAPI document, made from the routes and the models that they themselves use."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ferryman.purchase.base import Noun
from ferryman.setting_types import Scope

from .errors import CONTENT_TYPE, Kind, urn
from .exactness import exact
from .idempotency import HEADER, REPLAYED
from .routes import Open, Route

_JSON = "application/json"
_REF = "#/components/schemas/{model}"
_PLACE = re.compile(r"\{(\w+)\}")
_PLACES = {
    "id": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    "sequence": {"type": "integer", "minimum": 1},
}
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}

_LATER = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_SECONDS = {
    "description": "After so many seconds it is worth another try.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}

Schemas = Mapping[tuple[Any, JsonSchemaMode], dict[str, Any]]


class ProblemError(Noun):
    """One thing that is wrong with a request."""

    pointer: str
    detail: str


ProblemType = Annotated[str, Field(json_schema_extra={"enum": [urn(kind) for kind in Kind]})]


class ProblemDocument(Noun):
    """What every answer that is no success says (RFC 9457)."""

    type: ProblemType
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: Sequence[ProblemError] = ()


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """Write the document of these routes."""
    refs, components = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ferryman",
            "version": version("ferryman"),
            "description": "Carries every purchase across Digital River.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "DigitalRiver-Signature",
                },
            },
        },
    }


def _operation(route: Route, refs: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "security": _security(route),
        "responses": _responses(route, refs),
    }
    if isinstance(route.access, Scope):
        operation["description"] = f"Needs a key of scope `{route.access}`."
    if parameters := _parameters(route):
        operation["parameters"] = parameters
    if route.takes is not None:
        content = {_JSON: {"schema": refs[route.takes, "validation"]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.access is Open.PUBLIC:
        return []
    return [{"signature": []}] if route.access is Open.SIGNED else [{"key": []}]


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _PLACES.get(name, {"type": "string"}),
        }
        for name in _PLACE.findall(route.path)
    ]
    if route.keyed:
        parameters.append(_KEY)
    if route.query is not None:
        properties = route.query.model_json_schema(by_alias=True, ref_template=_REF)["properties"]
        parameters += [
            {"name": name, "in": "query", "required": False, "schema": _or_empty(schema)}
            for name, schema in properties.items()
        ]
    return parameters


def _or_empty(schema: dict[str, Any]) -> dict[str, Any]:
    """In an address, an empty value says as much as none, and null would be a word."""
    choices = [each for each in schema.get("anyOf", [schema]) if each != {"type": "null"}]
    return {"anyOf": [*choices, {"const": ""}]}


def _responses(route: Route, refs: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, model in route.gives.items():
        responses[str(status)] = {"description": HTTPStatus(status).phrase}
        if model is not None:
            schema = refs[model, "serialization"]
            responses[str(status)]["content"] = {_JSON: {"schema": schema}}
    if route.keyed:
        replayed = {"description": "The key came before.", "schema": {"const": "true"}}
        for status in route.gives:
            responses[str(status)]["headers"] = {REPLAYED: replayed}
    for status in sorted({*route.refuses, *_guards(route), 500}):
        responses[str(status)] = _refusal(status, refs)
    return responses


def _guards(route: Route) -> tuple[int, ...]:
    """What may happen before the handler: card numbers in the address are refused anywhere."""
    return (401, 403, 422, 429, 503) if isinstance(route.access, Scope) else (422,)


def _refusal(status: int, refs: Schemas) -> dict[str, Any]:
    problem = {CONTENT_TYPE: {"schema": refs[ProblemDocument, "serialization"]}}
    refusal: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": problem}
    if status in _LATER:
        refusal["headers"] = {"Retry-After": _SECONDS}
    return refusal


def _schemas(routes: Sequence[Route]) -> tuple[Schemas, dict[str, Any]]:
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemDocument, "serialization")]
    for route in routes:
        models += [(model, "serialization") for model in route.gives.values() if model]
        models += [(route.takes, "validation")] if route.takes else []
        models += [(route.query, "validation")] if route.query else []
    refs, document = models_json_schema(
        list(dict.fromkeys(models)), by_alias=True, ref_template=_REF
    )
    components: dict[str, Any] = document["$defs"]
    strict = [
        refs[model, "validation"]
        for route in routes
        for model in (route.takes, route.query)
        # Digital River's events may say more than we know of.
        if model is not None and route.access is not Open.SIGNED
    ]
    for name in _reached(strict, components):
        # What we are sent is read strictly: a field that is not named here is refused.
        if "properties" in components[name]:
            components[name] = exact(name, {**components[name], "additionalProperties": False})
    return refs, components


def _reached(start: list[dict[str, Any]], components: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting: list[Any] = list(start)
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(components[name])
            waiting += node.values()
    return found
