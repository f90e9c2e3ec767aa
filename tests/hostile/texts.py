"""Generated texts: documents, whole and spoilt, and what is no document at all."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.hostile.words import NUMBERS, RAW
from tests.hostile.words import TEXTS as NASTY

text = st.text(max_size=60) | st.sampled_from(NASTY)
scalar = (
    st.none()
    | st.booleans()
    | text
    | st.integers()
    | st.floats()
    | st.sampled_from(NUMBERS).map(lambda number: f"\x00{number}")
)


def trees(names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Documents with such names, as deep as one likes."""
    return st.recursive(
        scalar,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
        max_leaves=25,
    )


def written(document: Any) -> bytes:
    """JSON, with hostile numbers as they are."""
    plain = json.dumps(document)
    for number in NUMBERS:
        plain = plain.replace(json.dumps(f"\x00{number}"), number)
    return plain.encode("utf-8", "surrogatepass")


spoilt = st.tuples(st.integers(0, 400), st.binary(max_size=4))


def _spoil(body: bytes, place: tuple[int, bytes]) -> bytes:
    at = place[0] % (len(body) + 1)
    return body[:at] + place[1] + body[at + len(place[1]) :]


def bodies(names: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Documents, whole or spoilt, and bytes that are none."""
    whole = trees(names).map(written)
    return st.one_of(
        whole,
        st.builds(_spoil, whole, spoilt),
        st.binary(max_size=200),
        st.sampled_from(RAW).map(lambda raw: raw.encode("utf-8", "surrogatepass")),
    )


any_name = st.text(max_size=8)
event_name = st.sampled_from(
    ["id", "type", "data", "object", "orderId", "orderDetails", "upstreamId", "captures", "amount"]
)
field = st.sampled_from(
    [
        "upstreamId",
        "currency",
        "taxInclusive",
        "items",
        "lineId",
        "skuId",
        "quantity",
        "price",
        "shipTo",
        "address",
        "country",
        "customer",
        "id",
        "discount",
        "percentOff",
        "metadata",
        "x",
    ]
)
