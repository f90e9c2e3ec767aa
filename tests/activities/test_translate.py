"""From Digital River's words into ours."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from activities import translate
from ferryman.digital_river import models as wire
from ferryman.digital_river.errors import Conflict, ErrorDetail
from ferryman.purchase import parcels
from ferryman.purchase.readings import Funds, Standing

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def order(**more: object) -> wire.Order:
    """An order that says only what is given."""
    return wire.Order.model_validate({"id": "1", "state": "accepted", "currency": "EUR", **more})


@pytest.mark.parametrize(
    ("currency", "told", "shown"),
    [("EUR", "9.98000001", "9.98"), ("JPY", "1499.0", "1499"), ("KWD", "4.2019", "4.202")],
)
def test_amounts_have_their_currencys_digits(currency, told, shown):
    """The noise of Digital River's doubles reaches nobody."""
    checkout = wire.Checkout.model_validate({"id": "c", "currency": currency, "totalTax": told})

    reading = translate.checkout_reading(checkout)

    assert Decimal(shown) == reading.checkout.total_tax


@pytest.mark.parametrize("state", ["submitted", "on_fire", "created"])
def test_unknown_state_is_no_news(state):
    """A state that the documents do not know moves nothing."""
    reading = translate.order_reading(order(state=state), NOW)

    assert Standing.UNKNOWN is reading.standing


@pytest.mark.parametrize(
    ("session", "funds"),
    [("failed", Funds.FAILED), ("pending_redirect", Funds.AT_REDIRECT), ("new", Funds.AWAITED)],
)
def test_session_tells_where_the_money_is(session, funds):
    """The payment session's state is read; an unknown one waits on."""
    payment = {"session": {"id": "s", "state": session}}

    assert funds is translate.order_reading(order(payment=payment), NOW).funds


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Failed to charge source.", "Failed to charge source."),
        ("Declined: insufficient_funds", None),
        ("failed-request", None),
        ("Failed: creditAmount_already_updated.", None),
        ("DO_NOT_HONOR", None),
        ("Refused (order__closed)", None),
        (None, None),
    ],
)
def test_message_with_a_code_in_it_is_shown_to_nobody(message, shown):
    """A code may help those who defraud."""
    error = Conflict(status=409, errors=(ErrorDetail("do_not_honor", None, message),))

    assert shown == translate.problem(error).message


@pytest.mark.parametrize(
    ("parameter", "pointer"),
    [
        ("shipTo.address.postalCode", "/shipTo/address/postalCode"),
        ("items[0].qty", "/items/0/qty"),
        ("email", "/email"),
        (None, None),
    ],
)
def test_parameter_becomes_a_pointer(parameter, pointer):
    """Digital River's parameter names the place in the caller's own request."""
    error = Conflict(status=409, errors=(ErrorDetail("x", parameter, "No."),))

    assert pointer == translate.problem(error).pointer


def test_captures_say_how_their_charge_stands():
    """A charge that is complete has all its money, whatever failed on the way."""
    charge = {"id": "c", "captures": [{"id": "k", "state": "failed"}], "state": "complete"}
    reading = translate.order_reading(order(payment={"charges": [charge]}), NOW)

    assert [("k", "c", "complete", "failed")] == [
        (part.id, part.charge_id, part.charge_state, part.state) for part in reading.captures
    ]
    assert not parcels.capture_failed((), reading.captures)


EARLIER, LATER = "2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z"
CARD, KONBINI = {"id": "s", "type": "creditCard"}, {"id": "k", "type": "konbini"}


def charge(**more: object) -> dict[str, object]:
    """A charge that is authorised and not yet captured."""
    return {"id": "c", "sourceId": "s", "state": "capturable", "createdTime": EARLIER, **more}


@pytest.mark.parametrize(
    ("told", "since"),
    [
        ({"charges": [charge(), charge(createdTime=LATER)], "sources": [CARD]}, 2),
        ({"charges": [charge(captured=True)], "sources": [CARD]}, 2),
        ({"charges": [charge(createdTime=None)], "sources": [CARD]}, 5),
        ({"charges": [charge(sourceId=None)], "sources": []}, 2),
        ({"charges": [charge(sourceId="k")], "sources": [KONBINI]}, None),
        ({"charges": [charge(sourceId=None)], "sources": [KONBINI]}, None),
        ({"charges": [charge(state="complete")], "sources": [CARD]}, None),
        ({"charges": [charge(state="cancelled")], "sources": [CARD]}, None),
        ({"charges": [], "sources": [CARD]}, None),
    ],
)
def test_oldest_authorisation_that_waits_for_its_capture_counts(told, since):
    """The charge says since when, else the order; pushed, captured and released money is no age."""
    reading = translate.order_reading(
        order(payment=told, createdTime=EARLIER, stateTransitions={"accepted": LATER}), NOW
    )

    assert since == (reading.authorized_since and reading.authorized_since.day)
