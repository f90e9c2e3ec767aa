"""The API's description, for programs as OpenAPI and for people as a plain page."""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from .openapi import describe
from .routes import Open, Route

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h2{font:600 1rem ui-monospace,monospace;margin:2rem 0 .2rem}"
    "table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0;vertical-align:top}"
    "pre{overflow:auto;background:#8881;padding:1rem}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def document_routes(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Make the two routes that describe all routes, themselves too."""
    texts: dict[str, bytes] = {}

    async def machine(request: web.Request) -> web.Response:
        del request
        return web.Response(body=texts["json"], content_type="application/json")

    async def people(request: web.Request) -> web.Response:
        del request
        policy = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
        headers = {"Content-Security-Policy": policy}
        return web.Response(
            body=texts["html"], content_type="text/html", charset="utf-8", headers=headers
        )

    own = (
        _public("/openapi.json", machine, "Read this API's OpenAPI document"),
        _public("/docs", people, "Read about this API"),
    )
    document = describe((*routes, *own))
    texts["json"] = json.dumps(document).encode()
    texts["html"] = _page(document).encode()
    return own


def _public(path: str, handler: Any, summary: str) -> Route:
    return Route(
        method="GET",
        path=path,
        handler=handler,
        access=Open.PUBLIC,
        summary=summary,
        gives={200: None},
    )


def _page(document: dict[str, Any]) -> str:
    operations = "".join(
        _section(method, path, operation, document)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Ferryman</title>"
        f"<style>{_STYLE}</style><h1>Ferryman</h1><p>{html.escape(document['info']['description'])}"
        ' The same for programs: <a href="/openapi.json">openapi.json</a>.</p>'
        f"{operations}</html>"
    )


def _section(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    answers = "".join(
        f"<tr><td>{status}<td>{html.escape(response['description'])}"
        for status, response in operation["responses"].items()
    )
    return (
        f"<h2>{method.upper()} {html.escape(path)}</h2><p>{html.escape(operation['summary'])}."
        f" {html.escape(operation.get('description', ''))}</p><table>{answers}</table>"
        f"{_body(operation, document)}"
    )


def _body(operation: dict[str, Any], document: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return ""
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = document["components"]["schemas"][name]
    shown = html.escape(json.dumps(schema, indent=2))
    return f"<details><summary>Body: {name}</summary><pre>{shown}</pre></details>"
