"""One page of a list, newest first."""

from typing import Generic, TypeVar

from .base import Wire

T = TypeVar("T")


class Page(Wire, Generic[T]):
    """Part of a list; where `has_more`, ask again after the last id."""

    has_more: bool = False
    data: tuple[T, ...]
