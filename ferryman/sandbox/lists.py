"""Digital River's lists: newest first, filters, cursors, 1 to 100 a page."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from .calls import Answer, Call
from .errors import invalid, unknown
from .wire import Json, instant, words

_MOST, _USUAL = 100, 10
_PAGING = ("limit", "startingAfter", "endingBefore")
_RANGE = re.compile(r"(?P<name>[\w.]+)(?:\[(?P<operator>eq|gt|gte|lt|lte)\])?$")
_RANGES = frozenset(
    words(
        "createdTime updatedTime totalAmount refundedAmount amount in_review pending_payment "
        "accepted "
        "blocked cancelled fulfilled complete returned fraudStateTransitions.blocked size "
        "fraudStateTransitions.review_opened fraudStateTransitions.passed pending verified "
        "not_valid"
    )
)
_TRANSITIONS = frozenset(
    words(
        "in_review pending_payment accepted blocked cancelled fulfilled complete returned pending "
        "verified not_valid"
    )
)


def page(call: Call, documents: Iterable[Json], filters: tuple[str, ...]) -> Answer:
    """Give one page of what passes the filters; documents come newest first.

    Raises the Refusal for a parameter which the list does not have or whose value is none.
    """
    tests = [(name, value) for name, value in call.query.items() if name not in _PAGING]
    for name, value in tests:
        _check(name, value, filters)
    found = [doc for doc in documents if all(_passes(doc, *test) for test in tests)]
    return Answer(200, cut(call, found))


def cut(call: Call, found: list[Json]) -> Json:
    """Cut the page that limit and cursors ask for; with both cursors only `endingBefore` counts."""
    limit = _limit(call.query.get("limit"))
    before, after = call.query.get("endingBefore"), call.query.get("startingAfter")
    ids = [doc["id"] for doc in found]
    if before is not None:
        end = _position(ids, before, "endingBefore")
        start = max(0, end - limit)
        return {"hasMore": start > 0, "data": found[start:end]}
    start = _position(ids, after, "startingAfter") + 1 if after is not None else 0
    return {"hasMore": len(found) > start + limit, "data": found[start : start + limit]}


def _limit(text: str | None) -> int:
    if text is None:
        return _USUAL
    if not re.fullmatch(r"\d{1,4}", text) or not 1 <= int(text) <= _MOST:
        raise invalid("limit", f"'{text}' is not a valid limit.")
    return int(text)


def _position(ids: list[str], cursor: str, name: str) -> int:
    if cursor not in ids:
        raise invalid(name, f"'{cursor}' is not a valid {name}.")
    return ids.index(cursor)


def _check(name: str, value: str, filters: tuple[str, ...]) -> None:
    match = _RANGE.match(name)
    base = match["name"] if match else name
    if base not in filters or (match and match["operator"] and base not in _RANGES):
        raise unknown(name)
    if base in _RANGES:
        _bound(base, value)


def _bound(name: str, value: str) -> Any:
    try:
        return Decimal(value) if name.lower().endswith(("amount", "size")) else instant(value)
    except (ValueError, InvalidOperation) as error:
        raise invalid(name, f"{value} is not a valid timestamp.") from error


def _passes(doc: Json, name: str, value: str) -> bool:
    match = _RANGE.match(name)
    base, operator = (match["name"], match["operator"]) if match else (name, None)
    if base in _RANGES:
        return _within(base, _field(doc, base), operator or "eq", value)
    if base in ("ids", "upstreamIds"):
        return doc.get("id" if base == "ids" else "upstreamId") in value.split(",")
    if base in ("skuId", "subscriptionId"):
        return any(base in str(item) and value in _leaves(item) for item in doc.get("items", []))
    return str(_plain(_field(doc, base))) == value


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    return [str(value)]


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _field(doc: Json, name: str) -> Any:
    if name in _TRANSITIONS:
        return doc.get("stateTransitions", {}).get(name)
    value: Any = doc
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _within(name: str, stored: Any, operator: str, value: str) -> bool:
    if stored is None:
        return False
    bound = _bound(name, value)
    left = stored if isinstance(bound, Decimal) else instant(stored)
    holds: bool = {
        "eq": left == bound,
        "gt": left > bound,
        "gte": left >= bound,
        "lt": left < bound,
        "lte": left <= bound,
    }[operator]
    return holds
