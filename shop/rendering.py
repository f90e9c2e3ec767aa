"""Makes pages of templates; whatever is put into one is escaped."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from . import words
from .goods import name_of
from .links import opens
from .places import place_of
from .statics import address_of


def environment() -> Environment:
    """Load the templates, which may use nothing that they are not given."""
    made = Environment(
        loader=PackageLoader("shop"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"static": address_of, "place": place_of}
    made.filters |= {"money": words.money, "moment": words.moment, "plain": words.plain}
    made.filters["good"] = name_of
    made.tests["open"] = opens
    return made


def respond(
    templates: Environment,
    name: str,
    given: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Answer with a template."""
    text = templates.get_template(name).render(given)
    return web.Response(
        status=status, text=text, content_type="text/html", charset="utf-8", headers=headers
    )
