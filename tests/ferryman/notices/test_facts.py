"""What a purchase shows is told once each, with what a reader needs and nobody's personal data."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ferryman.notices import facts
from ferryman.purchase.purchase import (
    Attention,
    CancellationWish,
    Checkout,
    Disclosure,
    Fulfillment,
    Line,
    NextAction,
    Order,
    Party,
    Payment,
    PricedLine,
    Purchase,
    Refund,
    RefundState,
    SellingEntity,
    Session,
    ShippedItem,
)
from ferryman.purchase.states import CancelReason, State

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CANCELLED_AT = NOW - timedelta(minutes=1)
CHECKOUT = Checkout(
    id="c1",
    currency="EUR",
    subtotal=Decimal("24.50"),
    total_tax=Decimal("4.66"),
    total_amount=Decimal("29.16"),
    selling_entity=SellingEntity(id="DR_IRELAND-ENTITY", name="DR Ireland"),
    items=(PricedLine(line_id="1", quantity=2, amount=Decimal(20), tax=Decimal("3.80")),),
    disclosures=(Disclosure(type="resellerDisclosure", localized_text="Verkauft von …"),),
    locale="de_DE",
    payment=Payment(session=Session(id="s1", client_secret="s1_secret")),
)


def a_purchase(state: State, **changes: Any) -> Purchase:
    """A purchase of boots and laces, ordered."""
    fields = {
        "id": "p.1",
        "state": state,
        "version": 7,
        "created_time": NOW - timedelta(hours=1),
        "updated_time": NOW,
        "checkout": CHECKOUT,
        "order": Order(id="o1", state="accepted"),
        "items": (
            Line(line_id="1", sku_id="boots", quantity=2, open=2),
            Line(line_id="2", sku_id="laces", quantity=3, open=3),
        ),
    }
    return Purchase(**{**fields, **changes})


def told(purchase: Purchase) -> dict[str, Any]:
    """The bodies of all notices of a purchase, by type."""
    shown = list(facts(purchase))
    bodies = [json.loads(fact.notice(number).body()) for number, fact in enumerate(shown, 1)]
    assert len(shown) == len({fact.key for fact in shown})
    return {body["type"].removeprefix("purchase."): body for body in bodies}


def a_parcel(name: str, *items: ShippedItem, state: str = "shipped", **changes: Any) -> Fulfillment:
    """A parcel, or a cancellation of lines."""
    return Fulfillment(shipment_id=name, items=items, state=state, created_time=NOW, **changes)


def a_refund(state: RefundState, **changes: Any) -> Refund:
    """A refund of five euro."""
    fields = {
        "refund_id": "r1",
        "id": "re_1",
        "state": state,
        "currency": "EUR",
        "amount": Decimal(5),
        "created_time": NOW,
        "updated_time": NOW,
    }
    return Refund(**{**fields, **changes})


@pytest.mark.parametrize(
    ("state", "types"),
    [
        (State.CHECKOUT, []),
        (State.SUBMITTING, []),
        (State.PAYMENT_FAILED, []),
        (State.PENDING_PAYMENT, []),
        (State.IN_REVIEW, []),
        (State.ACCEPTED, ["confirmed"]),
        (State.FULFILLED, ["confirmed"]),
        (State.COMPLETE, ["confirmed"]),
        (State.DISPUTED, ["confirmed"]),
        (State.RETURNED, ["confirmed"]),
        (State.BLOCKED, ["blocked"]),
        (State.CANCELLED, ["cancelled"]),
        (State.EXPIRED, []),
    ],
)
def test_states(state, types):
    """An order is told of once it is accepted, blocked or cancelled, and for no state before."""
    assert types == list(told(a_purchase(state)))


@pytest.mark.parametrize("state", [State.EXPIRED, State.CANCELLED, State.BLOCKED])
def test_nothing_without_an_order(state):
    """A purchase that ends before it was ordered has nothing to tell: its shopper was there."""
    assert {} == told(a_purchase(state, order=None))


def test_form():
    """A notice has the form of Standard Webhooks, its number, and whose disclosures it needs."""
    body = told(a_purchase(State.ACCEPTED))["confirmed"]

    assert re.fullmatch(r"msg_[0-9a-f]{32}", body.pop("id"))
    assert {
        "type": "purchase.confirmed",
        "timestamp": "2026-03-04T05:06:07.000Z",
        "purchaseId": "p.1",
        "sequence": 1,
        "data": {
            "state": "accepted",
            "order": {"id": "o1", "state": "accepted"},
            "sellingEntity": {"id": "DR_IRELAND-ENTITY", "name": "DR Ireland"},
            "disclosures": [{"type": "resellerDisclosure", "localizedText": "Verkauft von …"}],
            "locale": "de_DE",
            "prices": [{"lineId": "1", "quantity": 2, "amount": 20, "tax": 3.8}],
            "totals": {
                "currency": "EUR",
                "subtotal": 24.5,
                "totalTax": 4.66,
                "totalAmount": 29.16,
            },
            "items": [
                {
                    "lineId": "1",
                    "skuId": "boots",
                    "quantity": 2,
                    "fulfilled": 0,
                    "cancelled": 0,
                    "open": 2,
                },
                {
                    "lineId": "2",
                    "skuId": "laces",
                    "quantity": 3,
                    "fulfilled": 0,
                    "cancelled": 0,
                    "open": 3,
                },
            ],
        },
    } == body


def test_same_fact_same_id():
    """However the purchase looks later, a fact that it still shows has the id that it had."""
    before = told(a_purchase(State.ACCEPTED))["confirmed"]["id"]
    after = told(a_purchase(State.COMPLETE, version=99))["confirmed"]["id"]
    elsewhere = told(a_purchase(State.ACCEPTED, id="p.2"))["confirmed"]["id"]

    assert before == after != elsewhere


def test_payment_instructions():
    """How long there is to pay, and which source says how; no secret that pays."""
    deadline = NOW + timedelta(days=7)
    action = NextAction(
        action="show_payment_instructions",
        data={"sourceId": "src_1", "sourceClientSecret": "src_1_secret"},
    )
    body = told(a_purchase(State.PENDING_PAYMENT, next_action=action, payment_deadline=deadline))[
        "payment_instructions"
    ]

    assert {"sourceId": "src_1", "deadline": "2026-03-11T05:06:07.000Z"} == body["data"][
        "instructions"
    ]
    assert "secret" not in json.dumps(body)


def test_redirect_is_no_instruction():
    """A shopper who is sent elsewhere to pay is there already."""
    action = NextAction(action="redirect", data={"redirectUrl": "https://example.com"})

    assert {} == told(a_purchase(State.PENDING_PAYMENT, next_action=action))


def test_shipped():
    """Each parcel is told of with its tracking and lines; one that is held is not."""
    first = a_parcel(
        "parcel-1",
        ShippedItem(line_id="1", quantity=1),
        id="ful_1",
        tracking_company="Post",
        tracking_number="T1",
        tracking_url="https://example.com/T1",
    )
    unsent = [
        a_parcel(f"parcel-{state}", ShippedItem(line_id="1", quantity=1), state=state)
        for state in ("held", "capture_failed")
    ]
    body = told(a_purchase(State.ACCEPTED, fulfillments=(first, *unsent)))["shipped"]

    assert {
        "shipmentId": "parcel-1",
        "fulfillmentId": "ful_1",
        "items": [{"lineId": "1", "quantity": 1, "cancelQuantity": 0}],
        "trackingCompany": "Post",
        "trackingNumber": "T1",
        "trackingUrl": "https://example.com/T1",
    } == body["data"]["shipment"]


def test_every_parcel_has_its_notice():
    """Two parcels are two facts, and a later state of a parcel is no new one."""
    parcels = tuple(a_parcel(f"parcel-{n}", ShippedItem(line_id="1", quantity=1)) for n in (1, 2))
    captured = tuple(parcel.model_copy(update={"state": "captured"}) for parcel in parcels)

    def keys(fulfillments):
        return [fact.key for fact in facts(a_purchase(State.FULFILLED, fulfillments=fulfillments))]

    assert ["confirmed", "shipped/parcel-1", "shipped/parcel-2"] == keys(parcels)
    assert keys(parcels) == keys(captured)


def test_partly_cancelled():
    """Lines that will not come are told of by themselves, with what is not collected."""
    parcel = a_parcel(
        "parcel-1",
        ShippedItem(line_id="1", quantity=1, cancel_quantity=1),
        ShippedItem(line_id="2", quantity=3),
    )
    order = Order(id="o1", state="accepted", cancelled_amount=Decimal("11.90"))
    bodies = told(a_purchase(State.FULFILLED, order=order, fulfillments=(parcel,)))

    assert ["confirmed", "shipped", "partly_cancelled"] == list(bodies)
    assert {
        "date": "2026-03-04T05:06:07.000Z",
        "items": [{"lineId": "1", "skuId": "boots", "quantity": 1}],
        "amount": 11.9,
    } == bodies["partly_cancelled"]["data"]["cancellation"]


def cancelled(**changes: Any) -> Purchase:
    """A purchase that the shopper has cancelled after ordering."""
    order = Order(id="o1", state="cancelled", state_transitions={"cancelled": CANCELLED_AT})
    lines = (Line(line_id="1", sku_id="boots", quantity=2, cancelled=2, open=0),)
    parcel = a_parcel("cancel-1", ShippedItem(line_id="1", cancel_quantity=2), state="cancelled")
    fields = {"order": order, "items": lines, "fulfillments": (parcel,)}
    return a_purchase(State.CANCELLED, reason=CancelReason.CUSTOMER, **{**fields, **changes})


def test_cancelled():
    """A cancelled order is told of once, with number, Digital River's date, goods and amount."""
    (fact,) = facts(cancelled())
    body = json.loads(fact.notice(1).body())

    assert fact.whole
    assert ("o1", "2026-03-04T05:05:07.000Z") == (body["data"]["order"]["id"], body["timestamp"])
    assert {
        "date": "2026-03-04T05:05:07.000Z",
        "reason": "customer",
        "items": [{"lineId": "1", "skuId": "boots", "quantity": 2}],
        "amount": 29.16,
    } == body["data"]["cancellation"]


def test_cancelled_before_digital_river_says_when():
    """While Digital River's date is missing our own stands in, and the fact is not whole."""
    (fact,) = facts(cancelled(order=Order(id="o1", state="accepted")))

    assert not fact.whole
    assert NOW == fact.particulars.cancellation.date


def test_refunds():
    """Money given back is told of with its amount, and not what the merchant wrote to himself."""
    refund = a_refund(
        RefundState.SUCCEEDED, refunded_amount=Decimal(5), reason="Erika Beispiel called"
    )
    bodies = told(a_purchase(State.COMPLETE, refunds=(refund,)))

    assert ["confirmed", "refunded"] == list(bodies)
    assert {
        "refundId": "r1",
        "id": "re_1",
        "state": "succeeded",
        "currency": "EUR",
        "amount": 5,
        "refundedAmount": 5,
        "items": [],
    } == bodies["refunded"]["data"]["refund"]
    assert "Erika" not in json.dumps(bodies)


@pytest.mark.parametrize("state", [RefundState.FAILED, RefundState.EXPIRED])
def test_failed_refunds(state):
    """Each failure at Digital River is a fact of its own, so that a second try may fail too."""
    keys = [
        [fact.key for fact in facts(a_purchase(State.COMPLETE, refunds=(a_refund(state, id=id_),)))]
        for id_ in ("re_1", "re_2")
    ]

    assert [["confirmed", "refund_failed/r1/re_1"], ["confirmed", "refund_failed/r1/re_2"]] == keys


@pytest.mark.parametrize(
    "state",
    [
        RefundState.REQUESTED,
        RefundState.HELD,
        RefundState.PENDING,
        RefundState.PENDING_INFORMATION,
    ],
)
def test_refunds_under_way(state):
    """A refund that nobody knows the end of is no news yet."""
    assert ["confirmed"] == list(told(a_purchase(State.COMPLETE, refunds=(a_refund(state),))))


def test_attention():
    """A call for a person says why and since when."""
    attention = Attention(reason="capture_failed", since=CANCELLED_AT)
    body = told(a_purchase(State.CHECKOUT, order=None, needs_attention=attention))

    assert {"reason": "capture_failed", "since": "2026-03-04T05:05:07.000Z"} == body[
        "needs_attention"
    ]["data"]["attention"]


def test_words_of_people_stay():
    """What a person gave as the reason of a cancellation is nobody else's."""
    wish = CancellationWish(by=Party.CUSTOMER, reason="Erika changed her mind", since=NOW)

    assert "Erika" not in json.dumps(told(cancelled(cancellation=wish)))
