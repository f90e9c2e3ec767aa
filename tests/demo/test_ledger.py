"""What makes both ledgers equal, and what does not."""

from decimal import Decimal

import pytest

from demo.ledger import Quantities, compare, unknown

REFUND = {"id": "re_1", "state": "succeeded"}


def purchase(
    state="complete", *, order="100", fulfilled=2, cancelled=1, refunds=(REFUND,), **amounts
):
    """Build a purchase of ours with one line of three."""
    item = {
        "lineId": "lamp",
        "orderItemId": "200",
        "quantity": 3,
        "fulfilled": fulfilled,
        "cancelled": cancelled,
    }
    known = {
        "id": order,
        "capturedAmount": Decimal("20.00"),
        "cancelledAmount": Decimal("10.00"),
        "refundedAmount": Decimal("3.00"),
    }
    return {
        "id": "p-1",
        "state": state,
        "reason": None,
        "checkout": {"currency": "EUR"},
        "items": [item],
        "refunds": list(refunds),
        "order": None if order is None else known | amounts,
    }


def order(order_id="100", state="complete", captured="20.00", cancelled="10.00", refunded="3.00"):
    """Build an order of Digital River's with one line of three."""
    return {
        "id": order_id,
        "state": state,
        "items": [{"id": "200", "quantity": 3}],
        "capturedAmount": Decimal(captured),
        "cancelledAmount": Decimal(cancelled),
        "refundedAmount": Decimal(refunded),
    }


def fulfillment(quantity, cancelled, order_id="100"):
    """Build what `POST /fulfillments` leaves behind."""
    item = {"itemId": "200", "quantity": quantity, "cancelQuantity": cancelled}
    return {"orderId": order_id, "items": [item]}


TWO_PARCELS = (fulfillment(2, 0), fulfillment(0, 1))


def ledger(*orders, fulfillments=TWO_PARCELS, refunds=(REFUND,)):
    """Build the sandbox's ledger of one upstream id."""
    return {
        "orders": list(orders),
        "fulfillments": list(fulfillments),
        "refunds": list(refunds),
    }


def test_equal_ledgers_have_no_differences():
    """State, quantities over several parcels, and amounts that agree leave nothing to say."""
    row = compare(purchase(), ledger(order()))

    assert row.differences == ()
    assert Quantities(2, 1) == row.theirs.pieces


@pytest.mark.parametrize(
    ("ours", "theirs", "difference"),
    [
        (purchase(), ledger(order(state="fulfilled")), "state fulfilled"),
        (purchase(fulfilled=3, cancelled=0), ledger(order()), "quantities"),
        (purchase(), ledger(order(captured="20.01")), "captured amount"),
        (purchase(), ledger(order(cancelled="9.99")), "cancelled amount"),
        (purchase(), ledger(order(refunded="0")), "refunded amount"),
        (purchase(), ledger(order(), refunds=(REFUND, {**REFUND, "id": "re_2"})), "refunds"),
        (purchase(), ledger(order(), refunds=({**REFUND, "state": "failed"},)), "refunds"),
        (purchase(order="101"), ledger(order(state="cancelled")), "order 101 is not there"),
        (purchase(), ledger(order(), order("101", "accepted", "0", "0")), "2 live orders"),
        (purchase("expired", order=None), ledger(order()), "order 100 is live, not ours"),
        (purchase("cancelled", order=None), ledger(order(captured="1")), "captured amount"),
    ],
)
def test_each_difference_is_named(ours, theirs, difference):
    """A difference in any one fact shows up under its own name."""
    row = compare(ours, theirs)

    assert difference in row.differences


def test_money_on_a_forgotten_order_counts():
    """What was captured on an order that we left behind is money taken, and so a difference."""
    left_behind = order("99", "cancelled", captured="5.00", refunded="0")
    row = compare(purchase(), ledger(order(), left_behind))

    assert row.differences == ("captured amount",)


def test_a_cancelled_order_left_behind_is_no_difference():
    """An abandoned redirect leaves a dead order, which is as it should be."""
    row = compare(purchase(), ledger(order(), order("99", "cancelled", "0", "30.00", "0")))

    assert row.differences == ()


def test_an_order_that_died_as_a_whole_cancelled_its_lines():
    """An unpaid order that the provider cancels names no lines, yet nothing of it is open."""
    amounts = dict.fromkeys(("capturedAmount", "cancelledAmount", "refundedAmount"), 0)
    ours = purchase("cancelled", fulfilled=0, cancelled=0, **amounts)
    theirs = order("100", "cancelled", "0", "0", "0")
    row = compare(ours, ledger(theirs, fulfillments=()))

    assert row.differences == ()
    assert Quantities(0, 3) == row.ours.pieces


def test_no_order_on_either_side_is_equal():
    """A purchase that never became an order agrees with a ledger that has none."""
    row = compare(purchase("expired", order=None), ledger(fulfillments=()))

    assert row.differences == ()


def test_a_purchase_without_a_record_is_a_difference():
    """What the sandbox alone knows of cannot be called equal."""
    row = unknown("p-1", ledger(order()))

    assert row.differences == ("no purchase",)
    assert row.theirs.orders == "1 of 1"
