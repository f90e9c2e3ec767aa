"""What speaks against a refund: one rule at a time, before Digital River is asked."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ferryman.purchase.purchase import Refund, RefundState
from ferryman.purchase.refundable import Refundable, RefundableLine, objections
from ferryman.purchase.refunds import RefundRequest

NOW = "2026-01-01T00:00:00Z"


def asked(**request):
    """What a merchant asks for."""
    return RefundRequest.model_validate({"refundId": "r-1", "reason": "broken", **request})


def order(**changes):
    """An order of 40 EUR: two lines, the first shipped in part, 5 EUR of it under way."""
    lines = (
        RefundableLine(line_id="1", item_id="i1", fulfilled=2, available=20, pending=5),
        RefundableLine(line_id="2", item_id="i2", fulfilled=0, available=0),
    )
    return Refundable(
        **{
            "order_state": "complete",
            "currency": "EUR",
            "captured": True,
            "available": Decimal(40),
            "pending": Decimal(5),
            "lines": lines,
            **changes,
        }
    )


@pytest.mark.parametrize(
    "request_",
    [
        {"amount": 35},
        {"amount": 0.01},
        {"percent": 87.5},
        {"percent": 0.01},
        {"percent": 100, "type": "tax"},
        {"percent": 50, "type": "shipping"},
        {"amount": 5, "type": "duty"},
        {"items": [{"lineId": "1", "amount": 15}]},
        {"items": [{"lineId": "1", "quantity": 2, "percent": 75}]},
        {"items": [{"lineId": "1", "quantity": 1}]},
        {"items": [{"lineId": "1", "amount": 14}, {"lineId": "1", "amount": 1, "type": "fees"}]},
    ],
)
def test_nothing_speaks_against(request_):
    """What the documents allow is let through, up to the last cent."""
    assert [] == objections(asked(**request_), order())


@pytest.mark.parametrize(
    ("request_", "pointers"),
    [
        ({"amount": 35.01}, ["/amount"]),
        ({"amount": 1.001}, ["/amount"]),
        ({"percent": 88}, ["/percent"]),
        ({"percent": 99, "type": "tax"}, ["/percent"]),
        ({"amount": 3, "type": "tax"}, ["/amount"]),
        ({"amount": 36, "type": "shipping"}, ["/amount"]),
        ({"items": [{"lineId": "1", "amount": 15.01}]}, ["/items/0/amount"]),
        ({"items": [{"lineId": "1", "amount": 1.001}]}, ["/items/0/amount"]),
        ({"items": [{"lineId": "1", "percent": 76}]}, ["/items/0/percent"]),
        ({"items": [{"lineId": "1"}]}, ["/items/0/amount"]),
        ({"items": [{"lineId": "1", "quantity": 3, "amount": 1}]}, ["/items/0/quantity"]),
        ({"items": [{"lineId": "2", "amount": 1}]}, ["/items/0/lineId"]),
        ({"items": [{"lineId": "9", "amount": 1}]}, ["/items/0/lineId"]),
        (
            {"items": [{"lineId": "1", "amount": 1}, {"lineId": "1", "amount": 1}]},
            ["/items/1/lineId"],
        ),
        ({"items": [{"lineId": "1", "amount": 1}], "type": "duty"}, ["/type"]),
        (
            {"items": [{"lineId": "1", "amount": 9}, {"lineId": "1", "amount": 7, "type": "fees"}]},
            ["/items/1/amount"],
        ),
    ],
)
def test_each_rule_points_at_its_field(request_, pointers):
    """More than is left, of no captured line, or in part where only the whole goes: refused."""
    assert pointers == [each.pointer for each in objections(asked(**request_), order())]


def test_before_a_capture_nothing_goes_back():
    """Then it is the order that speaks against it, by its state, and no field."""
    found = objections(asked(amount=1), order(captured=False, order_state="accepted"))

    assert [None] == [each.pointer for each in found]
    assert "accepted" in found[0].sentence


def test_lines_together_take_no_more_than_the_order_has():
    """What refunds of the whole order have under way is not the lines' to take."""
    found = objections(
        asked(items=[{"lineId": "1", "amount": 15}]), order(available=20, pending=10)
    )

    assert ["/items"] == [each.pointer for each in found]


@pytest.mark.parametrize(
    ("currency", "amount", "fits"), [("JPY", 1.5, False), ("KWD", 1.005, True)]
)
def test_digits_are_the_currencys(currency, amount, fits):
    """An amount has no more digits than its currency."""
    assert fits is not objections(asked(amount=amount), order(currency=currency))


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"amount": 1, "percent": 2},
        {"amount": 1, "items": [{"lineId": "1"}]},
        {"amount": 0},
        {"amount": -1},
        {"amount": "1"},
        {"percent": 0},
        {"percent": 100.01},
        {"percent": "5"},
        {"items": []},
        {"items": [{"lineId": "1", "amount": 1, "percent": 1}]},
        {"items": [{"lineId": "1", "type": "tax"}]},
        {"amount": 1, "type": "fees"},
        {"amount": 1, "reason": ""},
        {"amount": 1, "reason": "x" * 65},
        {"amount": 1, "refundId": ".."},
        {"amount": 1, "refundId": "a b"},
        {"amount": 1, "refundId": "x" * 65},
    ],
)
def test_what_is_no_request(request_):
    """A request says how much once, in bounds, and has an id that can be asked for."""
    with pytest.raises(ValidationError):
        asked(**request_)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"amount": 4.5}, {"amount": 4.50}, True),
        ({"amount": 4.5}, {"amount": 4.51}, False),
        ({"amount": 4.5}, {"amount": 4.5, "type": "duty"}, False),
        ({"amount": 4.5}, {"amount": 4.5, "reason": "late"}, False),
        ({"amount": 50}, {"percent": 50}, False),
        ({"percent": 50}, {"percent": 50}, True),
        ({"items": [{"lineId": "1"}]}, {"items": [{"lineId": "1"}]}, True),
        ({"items": [{"lineId": "1"}]}, {"items": [{"lineId": "1", "quantity": 1}]}, False),
    ],
)
def test_same_request_is_known_again(first, second, *, same):
    """A refund knows the request it came from, also once Digital River has reckoned its amount."""
    wanted = asked(**first)
    refund = Refund(
        refund_id="r-1",
        state=RefundState.PENDING,
        currency="EUR",
        amount=wanted.amount or Decimal(20),
        percent=wanted.percent,
        items=wanted.refunded_items,
        type=wanted.type,
        reason=wanted.reason,
        created_time=NOW,
        updated_time=NOW,
    )
    kept = Refund.model_validate_json(refund.model_dump_json(by_alias=True))

    assert same is asked(**second).is_of(kept)


@given(
    available=st.integers(0, 10_000),
    pending=st.integers(0, 10_000),
    amount=st.integers(1, 12_000),
)
def test_never_more_than_is_left(available, pending, amount):
    """An amount is let through exactly where it is no more than what is left."""
    cents = [Decimal(each) / 100 for each in (available, pending, amount)]
    found = objections(asked(amount=cents[2]), order(available=cents[0], pending=cents[1]))

    assert (amount <= available - pending) is (not found)
