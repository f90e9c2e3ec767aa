import pytest

from ferryman.digital_river.events import KNOWN_TYPES, Event, MalformedEvent
from ferryman.provider_events import HINTS, translate
from ferryman.purchase.messages import Hint


def _event(kind: str, **changes: object) -> Event:
    fields: dict[str, object] = {
        "id": "e1",
        "type": kind,
        "created_time": None,
        "object": {},
        "order_id": "o1",
        "upstream_id": None,
        "checkout_id": None,
        "order_state": None,
        **changes,
    }
    return Event(**fields)  # type: ignore[arg-type] # a table's fields


def test_every_known_type_has_a_meaning():
    """The types that are told apart here are those that the provider's edge knows."""
    assert set(HINTS) == KNOWN_TYPES


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("order.accepted", Hint.ACCEPTED),
        ("order.review_opened", Hint.IN_REVIEW),
        ("order.pending_payment", Hint.PENDING_PAYMENT),
        ("order.blocked", Hint.BLOCKED),
        ("order.charge.failed", Hint.CHARGE_FAILED),
        ("order.cancelled", Hint.CANCELLED),
        ("order.fulfilled", Hint.FULFILLED),
        ("order.complete", Hint.COMPLETE),
        ("order.charge.capture.complete", Hint.MONEY_MOVED),
        ("order.charge.cancel.failed", Hint.MONEY_MOVED),
        ("order.charge.reauth.failed", Hint.REAUTH_FAILED),
        ("order.dispute", Hint.DISPUTED),
        ("order.dispute.resolved", Hint.RESOLVED),
        ("order.chargeback", Hint.CHARGEBACK),
        ("refund.failed", Hint.REFUNDED),
        ("order.charge.capture.pending", Hint.OTHER),
        ("fulfillment.created", Hint.OTHER),
        ("checkout_session.order.created", Hint.CHECKED_OUT),
        ("order.invoice.created", Hint.DOCUMENT),
        ("order.credit_memo.created", Hint.DOCUMENT),
    ],
)
def test_meaning(kind: str, hint: Hint):
    """A type means what the event catalogue says."""
    message = translate(_event(kind))

    assert message is not None
    assert (message.hint, message.name, message.order_id) == (hint, kind, "o1")


@pytest.mark.parametrize(
    "kind", ["sku.created", "customer.updated", "source.created", "checkout.updated", "payout.x"]
)
def test_nothing_to_a_purchase(kind: str):
    """Other types mean nothing."""
    assert translate(_event(kind)) is None


@pytest.mark.parametrize("changes", [{"id": "a b"}, {"id": ""}, {"order_id": "9" * 129}])
def test_impossible_ids(changes: dict[str, str]):
    """An id that no workflow could take makes the event malformed."""
    with pytest.raises(MalformedEvent):
        translate(_event("order.accepted", **changes))


def test_what_an_event_says_beside_its_order():
    """Captures name their fulfillments, Prebuilt Checkout its session and consents; no more."""
    captured = translate(
        _event(
            "order.charge.capture.failed",
            object={"captures": [{"id": "k", "fulfillmentId": "ful_1"}, {"id": "l"}, 7]},
        )
    )
    bought = translate(
        _event(
            "checkout_session.order.created",
            object={"consents": {"eula": True, "note": "no"}, "email": "erika@example.com"},
            checkout_session_id="s1",
        )
    )

    assert captured is not None
    assert bought is not None
    assert {"k": "ful_1"} == captured.captures
    assert ("s1", {"eula": True}) == (bought.checkout_session_id, bought.consents)
    assert "erika" not in bought.model_dump_json()
