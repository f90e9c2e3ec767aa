"""How a purchase is answered."""

from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel

from ferryman.purchase.purchase import Purchase


def body_of(model: BaseModel) -> bytes:
    """Write a model in JSON, with names in camel case."""
    return model.model_dump_json(by_alias=True).encode()


def answer(model: BaseModel, status: int = HTTPStatus.OK) -> web.Response:
    """Answer with a model."""
    return web.Response(status=status, body=body_of(model), content_type="application/json")


def so_far(purchase: Purchase) -> web.Response:
    """Answer 202: the outcome is not known yet, and this is the purchase meanwhile."""
    return answer(purchase, HTTPStatus.ACCEPTED)


def location(purchase_id: str) -> str:
    """Where a purchase is read."""
    return f"/purchases/{purchase_id}"
