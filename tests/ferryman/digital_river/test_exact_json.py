"""Numbers pass through JSON without a double in between."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferryman.digital_river import exact_json

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20))


@given(decimals)
def test_round_trip(amount):
    """A Decimal is written digit by digit and comes back as it was."""
    written = exact_json.encode({"amount": amount})

    assert amount == json.loads(written, parse_float=Decimal, parse_int=Decimal)["amount"]
    assert f'{{"amount":{amount:f}}}'.encode() == written


def test_beyond_doubles():
    """Digits that no double holds survive both ways."""
    exact = {"a": Decimal("12345678901234567890.12"), "b": Decimal("0.10")}

    assert exact_json.encode(exact) == b'{"a":12345678901234567890.12,"b":0.10}'
    assert exact == exact_json.decode(b'{"a":12345678901234567890.12,"b":0.10}')


def test_other_values():
    """Texts, times, lists, flags and nothing are written as JSON knows them."""
    value = {"t": 'Größe "1"', "l": [1, True, None], "d": datetime(2026, 1, 2, 3, tzinfo=UTC)}

    assert exact_json.decode(exact_json.encode(value)) == {
        "t": 'Größe "1"',
        "l": [1, True, None],
        "d": "2026-01-02T03:00:00Z",
    }


@pytest.mark.parametrize("value", [0.1, b"bytes", object(), {1, 2}])
def test_inexact(value):
    """What has no exact form is refused, floats above all."""
    with pytest.raises(TypeError):
        exact_json.encode({"amount": value})


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-sNaN"])
def test_not_finite(value):
    """What is no number in JSON is not written."""
    with pytest.raises(ValueError, match="no JSON number"):
        exact_json.encode(Decimal(value))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"a": [1, {"b/c~": 1e31}]}', "/a/1/b~1c~0"),
        (b'{"a": 1e-31}', "/a"),
        (b'{"a": ' + b"1" * 41 + b"}", "/a"),
        (b'["", "\\udfff"]', "/1"),
        (b'{"a": {"\\ud800": 1e99}}', "/a"),
        (b"1e31", ""),
    ],
)
def test_unholdable(body, pointer):
    """What is JSON but cannot be held is told from what is no JSON, with its place."""
    with pytest.raises(exact_json.UnholdableValue) as raised:
        exact_json.decode(body)

    assert pointer == raised.value.pointer


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"a": 1e99', "delimiter"),
        (b'{"a": "\\ud800"', "delimiter"),
        (b"[" * 70 + b"]" * 70, "nested"),
        (b"NaN", "not JSON"),
    ],
)
def test_no_json(body, sentence):
    """What is no JSON is so, whatever else it holds."""
    with pytest.raises(ValueError, match=sentence) as raised:
        exact_json.decode(body)

    assert not isinstance(raised.value, exact_json.UnholdableValue)
