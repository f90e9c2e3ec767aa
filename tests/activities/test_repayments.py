"""What Digital River's order lets go back, while refunds of it are under way."""

from decimal import Decimal

import pytest

from activities import repayments
from ferryman.digital_river import models as wire
from ferryman.purchase.lines import ordered
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.refundable import objections
from ferryman.purchase.refunds import RefundRequest
from ferryman.purchase.request import PurchaseRequest
from ferryman.purchase.states import State
from tests.workflows.given import REQUEST

NOW = "2026-01-01T00:00:00Z"


@pytest.fixture
def purchase():
    """Two lines, both of them fulfilled."""
    lines = ordered(PurchaseRequest.read(REQUEST).items)
    return Purchase(
        id="p",
        state=State.FULFILLED,
        version=1,
        created_time=NOW,
        updated_time=NOW,
        items=tuple(
            line.model_copy(
                update={"order_item_id": f"i{line.line_id}", "fulfilled": line.quantity}
            )
            for line in lines
        ),
    )


def order(available, lines, *, refunded=0, captured=40):
    """An order of 40 EUR with what Digital River says is left, in all and of each line."""
    return wire.Order.model_validate(
        {
            "id": "o",
            "state": "complete",
            "currency": "EUR",
            "capturedAmount": captured,
            "refundedAmount": refunded,
            "availableToRefundAmount": available,
            "items": [
                {"id": f"i{number}", "availableToRefundAmount": left}
                for number, left in enumerate(lines, start=1)
            ],
        }
    )


def under_way(**more):
    """A refund that Digital River has not paid yet."""
    told = {"id": "re", "state": "pending", "currency": "EUR", **more}
    return wire.Refund.model_validate(told)


def refusals(looked, **request):
    """What speaks against a refund of it."""
    asked = RefundRequest.model_validate({"refundId": "r-2", "reason": "broken", **request})
    return [each.pointer for each in objections(asked, looked)]


FIRST_LINE = under_way(amount=24, items=[{"itemId": "i1", "amount": 24}])


@pytest.mark.parametrize(
    "order_",
    [
        pytest.param(order(16, [0, 8]), id="taken off when asked for"),
        pytest.param(order(40, [24, 8]), id="taken off when paid"),
    ],
)
def test_refund_under_way_counts_once(purchase, order_):
    """Whenever Digital River takes a refund off, it leaves what nobody has asked for."""
    looked = repayments.refundable(order_, [FIRST_LINE], purchase)

    assert Decimal(16) == looked.available - looked.pending
    assert [] == refusals(looked, items=[{"lineId": "2"}])
    assert [] == refusals(looked, amount=16)
    assert ["/amount"] == refusals(looked, amount=16.01)
    assert ["/items/0/amount"] == refusals(looked, items=[{"lineId": "1", "amount": 1}])


@pytest.mark.parametrize("available", [11, 30])
def test_what_was_paid_before_is_not_under_way(purchase, available):
    """Refunds that are through are no part of what is still to be taken off."""
    paid = order(available, [24, 8], refunded=10)
    looked = repayments.refundable(paid, [under_way(amount=19)], purchase)

    assert Decimal(11) == looked.available - looked.pending


@pytest.mark.parametrize("known", [{}, {"items": [{"itemId": "i1", "percent": 50}]}])
def test_refund_without_an_amount_does_not_block_all_others(purchase, known):
    """What it takes is not known; Digital River refuses more than there is."""
    looked = repayments.refundable(order(40, [24, 8]), [under_way(**known)], purchase)

    assert Decimal(40) == looked.available - looked.pending


def test_order_that_tells_no_sums_is_believed(purchase):
    """Without them, what is available is all there is to go by."""
    looked = repayments.refundable(order(16, [0, 8], captured=None), [FIRST_LINE], purchase)

    assert Decimal(16) == looked.available - looked.pending
