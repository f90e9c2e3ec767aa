"""Money stays exact on every way in and out."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ferryman.money import Money, digits, fits, quantize

MONEY = TypeAdapter[Decimal](Money)

sound = st.decimals(
    min_value=Decimal("-999999999.9999"), max_value=Decimal("999999999.9999"), places=4
)


class TestCurrencies:
    @pytest.mark.parametrize(
        ("currency", "expected"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)]
    )
    def test_digits(self, currency, expected):
        """The minor digits are those of ISO 4217."""
        assert expected == digits(currency)

    @pytest.mark.parametrize("currency", ["", "eur", "EURO", "ZZZ", "XAU", "XXX", "\u0661"])
    def test_unknown(self, currency):
        """A code without minor digits, or unknown, is a ValueError."""
        with pytest.raises(ValueError):  # noqa: PT011 - the package's own sentence is not ours
            digits(currency)

    @pytest.mark.parametrize(
        ("amount", "currency", "expected"),
        [
            ("2.675", "EUR", "2.68"),
            ("-2.675", "EUR", "-2.68"),
            ("53.769999999999996", "USD", "53.77"),
            ("0.5", "JPY", "1"),
            ("1", "KWD", "1.000"),
        ],
    )
    def test_quantize(self, amount, currency, expected):
        """Rounding is half up, away from zero, to the currency's digits."""
        assert expected == str(quantize(Decimal(amount), currency))

    @pytest.mark.parametrize(
        ("amount", "currency", "expected"),
        [
            ("27.01", "EUR", True),
            ("27.0100", "EUR", True),
            ("27.011", "EUR", False),
            ("33.0", "JPY", True),
            ("33.1", "JPY", False),
            ("1E+3", "JPY", True),
            ("0E-9", "JPY", True),
            ("NaN", "EUR", False),
            ("-Infinity", "EUR", False),
            ("1E+999999", "EUR", True),
        ],
    )
    def test_fits(self, amount, currency, expected):
        """An amount fits where nothing but zeros stands past the currency's digits."""
        assert expected is fits(Decimal(amount), currency)

    @given(sound)
    def test_quantized_fits(self, amount):
        """Whatever was quantized fits and lies within half a minor unit."""
        rounded = quantize(amount, "EUR")

        assert fits(rounded, "EUR")
        assert abs(rounded - amount) <= Decimal("0.005")


class TestMoney:
    @given(sound)
    def test_round_trip(self, amount):
        """Writing to JSON and reading back by any reader gives the same amount."""
        written = MONEY.dump_json(amount)

        assert amount == MONEY.validate_json(written)
        assert amount == json.loads(written, parse_float=Decimal)

    @pytest.mark.parametrize(
        ("amount", "expected"),
        [("27.01", b"27.01"), ("33.0", b"33"), ("0.10", b"0.1"), ("1234567890123.45", None)],
    )
    def test_written(self, amount, expected):
        """JSON gets a plain number without float noise."""
        assert (expected or amount.encode()) == MONEY.dump_json(Decimal(amount))

    def test_kept_in_python(self):
        """Outside JSON the amount stays a Decimal, its zeros included."""
        assert str(MONEY.dump_python(MONEY.validate_json('"12.50"'))) == "12.50"

    @pytest.mark.parametrize(
        "document",
        [
            "true",
            "null",
            "NaN",
            '"NaN"',
            '"Infinity"',
            "1e400",
            "1e13",
            "1e-13",
            '"1e999"',
            '"1_000"',
            '" 5"',
            '""',
            '"5,00"',
            '"\u0665"',
            "[]",
            "0.1234567890123456",
            '"0.30000000000000004"',
        ],
    )
    def test_refused(self, document):
        """What is no exact, finite, moderate amount is refused as invalid."""
        with pytest.raises(ValidationError):
            MONEY.validate_json(document)

    @pytest.mark.parametrize("value", [True, float("nan"), Decimal("sNaN"), Decimal("1E+13"), b"1"])
    def test_refused_in_python(self, value):
        """The same holds for Python values."""
        with pytest.raises(ValidationError):
            MONEY.validate_python(value)

    def test_schema(self):
        """The OpenAPI document shows a plain number."""
        assert MONEY.json_schema(mode="validation") == {"type": "number"}
        assert MONEY.json_schema(mode="serialization") == {"type": "number"}
