"""Every published event is read, and what is no event is refused by one error."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferryman.digital_river.events import KNOWN_TYPES, MalformedEvent, is_known, parse_event

EXAMPLES = Path(__file__).parent / "examples" / "events"
ORDER = {"id": "204440790336", "state": "accepted", "checkoutId": "c1", "upstreamId": "u1"}


def body(**changes):
    """Write an event as Digital River would, with some keys changed or, as None, left out."""
    event = {"id": "e1", "type": "order.accepted", "data": {"object": ORDER}} | changes
    return json.dumps({key: value for key, value in event.items() if value is not None}).encode()


def about(event_type, subject):
    """Read an event of this type about this object."""
    return parse_event(body(type=event_type, data={"object": subject}))


@pytest.mark.parametrize(
    ("name", "order_id", "order_state"),
    [
        ("checkout_session.order.created", "245558830336", "accepted"),
        ("fulfillment.created", "259855820336", "accepted"),
        ("order.accepted", "204440790336", "accepted"),
        ("order.blocked", "200528060336", "blocked"),
        ("order.charge.capture.complete", "218377480336", None),
        ("order.charge.capture.pending", "250956650336", None),
        ("order.charge.reauth.failed", "1066128630082", "accepted"),
        ("order.charge.refund.complete", "204289570336", None),
        ("order.dispute", "1005692492420", "dispute"),
        ("order.fulfilled", "231714050336", "fulfilled"),
        ("order.invoice.created", "188418250336", None),
        ("order.pending_payment", "204415340336", "pending_payment"),
        ("order.refunded", "235504220336", "complete"),
        ("refund.complete", "219966860336", None),
        ("refund.failed", "220072430336", None),
        ("refund.pending", "219966860336", None),
        ("refund.pending_information", "219187180336", None),
        ("return.accepted", "217222390336", None),
    ],
)
def test_published(name, order_id, order_state):
    """Each published event tells the order it is about, and its state where it carries it."""
    event = parse_event((EXAMPLES / f"{name}.json").read_bytes())

    assert (name, order_id, order_state) == (event.type, event.order_id, event.order_state)
    assert is_known(event.type)


def test_every_example_is_tested():
    """No published example is left out above."""
    names = {path.stem for path in EXAMPLES.glob("*.json")}

    assert len(names) == 18
    assert names <= KNOWN_TYPES


class TestWhichOrder:
    def test_order_event(self):
        """An order's event gives all that identifies a purchase."""
        event = parse_event(body(createdTime="2022-03-17T16:17:54.93644Z"))

        assert (
            event.id,
            event.order_id,
            event.upstream_id,
            event.checkout_id,
            event.order_state,
        ) == ("e1", "204440790336", "u1", "c1", "accepted")
        assert datetime(2022, 3, 17, 16, 17, 54, 936440, UTC) == event.created_time

    @pytest.mark.parametrize(
        "event_type",
        ["order.charge.failed", "order.charge.refund.failed", "order.charge.reauth.failed"],
    )
    def test_contradictory_shapes(self, event_type):
        """The same type may carry an order or a charge; the shape decides, not the type."""
        charge = {"id": "ch1", "state": "failed", "captured": False}

        assert (ORDER["id"], "accepted") == (
            about(event_type, ORDER).order_id,
            about(event_type, ORDER).order_state,
        )
        assert about(event_type, charge | {"orderId": "o2"}).order_id == "o2"
        assert about(event_type, charge | {"orderId": "o2"}).order_state is None
        assert about(event_type, charge).order_id is None
        bare = {"id": "ch1", "orderId": "o2", "state": "failed", "upstreamId": "u2"}
        assert (
            about(event_type, bare).order_id,
            about(event_type, bare).order_state,
            about(event_type, bare).upstream_id,
        ) == ("o2", None, None)

    def test_older_order(self):
        """An order in an old version's shape, with its payment on top, is still an order."""
        old = ORDER | {"paymentSessionId": "s1", "charges": [], "sourceId": "x"}

        assert ORDER["id"] == about("order.cancelled", old).order_id

    def test_fulfillment(self):
        """A fulfillment tells the order twice; its details carry our own number."""
        subject = {"id": "ful_1", "orderId": "o1", "orderDetails": ORDER | {"id": "o1"}}
        event = about("fulfillment.created", subject)

        assert (
            event.order_id,
            event.upstream_id,
            event.checkout_id,
            event.order_state,
        ) == ("o1", "u1", "c1", "accepted")

    def test_checkout(self):
        """A checkout's event is about a checkout and no order."""
        event = about("checkout.updated", {"id": "c9", "upstreamId": "u9"})

        assert (event.checkout_id, event.upstream_id, event.order_id) == ("c9", "u9", None)

    @pytest.mark.parametrize("event_type", ["source.chargeable", "sku.created", "invoice.open"])
    def test_strangers(self, event_type):
        """Other resources' ids are not taken for an order's."""
        event = about(event_type, {"id": "x", "upstreamId": "u", "state": "chargeable"})

        assert (event.order_id, event.upstream_id, event.order_state) == (None, None, None)

    @pytest.mark.parametrize(
        ("event_type", "subject", "ids"),
        [
            ("order.accepted", {"id": 204440790336, "checkoutId": 7}, ("204440790336", "7")),
            ("order.charge.failed", {"id": 5, "orderId": 6, "captured": False}, ("6", None)),
            ("fulfillment.created", {"id": 5, "orderDetails": {"id": 6}}, ("6", None)),
            ("checkout.updated", {"id": 9}, (None, "9")),
        ],
    )
    def test_ids_in_numbers(self, event_type, subject, ids):
        """An id that is written as a whole number is the same id."""
        event = about(event_type, subject)

        assert (event.order_id, event.checkout_id) == ids

    @pytest.mark.parametrize("name", ["x\u0000y", "x" * 300, "", True, 5.5, ["u1"], {"a": 1}])
    def test_unusable_reference(self, name):
        """A reference that cannot be one of ours reads as none instead of spoiling the event."""
        event = about("order.accepted", ORDER | {"upstreamId": name, "checkoutId": name})

        assert (event.upstream_id, event.checkout_id) == (None, None)


class TestParticulars:
    @pytest.mark.parametrize(
        ("name", "field", "value"),
        [
            ("refund.complete", "refund_id", "re_252eb3f4-81b2-4576-aabd-6af2df248e99"),
            ("return.accepted", "return_id", "ret_e4dc1cb7-f8ac-488d-99bf-e14fa1162482"),
            ("order.invoice.created", "file_id", "6e5bf525-3907-40c5-86a9-f14ce4f33f35"),
            ("order.invoice.created", "file_purpose", "customer_invoice"),
            (
                "checkout_session.order.created",
                "checkout_session_id",
                "158214a9-0a91-41bf-86eb-0aa9b7c713cc",
            ),
            ("order.charge.refund.complete", "refund_id", None),
            ("order.accepted", "file_id", None),
        ],
    )
    def test_published(self, name, field, value):
        """A published event tells the refund, return, file or session that it is about."""
        event = parse_event((EXAMPLES / f"{name}.json").read_bytes())

        assert value == getattr(event, field)

    def test_our_own_ids(self):
        """What we wrote into a refund's or a return's metadata comes back with its events."""
        ours = {"id": "re_1", "orderId": "o1", "metadata": {"refundId": "a", "returnId": "b"}}

        assert about("refund.failed", ours).our_refund_id == "a"
        assert about("return.created", ours).our_return_id == "b"
        assert about("refund.failed", ours).our_return_id is None

    @pytest.mark.parametrize("metadata", [None, [], "x", {"refundId": 7}, {"refundId": ""}])
    def test_odd_metadata(self, metadata):
        """Metadata of another shape says nothing and spoils nothing."""
        assert about("refund.failed", {"id": "re_1", "metadata": metadata}).our_refund_id is None

    @pytest.mark.parametrize(
        ("amount", "read"),
        [(40, 40), (40.55, Decimal("40.55")), (0, 0), ("40", None), (True, None)],
    )
    def test_chargeback(self, amount, read):
        """A chargeback tells its order and, as a number, its amount."""
        event = about("order.chargeback", {"id": "t1", "orderId": "o1", "amount": amount})

        assert (event.order_id, event.chargeback_amount, event.order_state) == ("o1", read, None)


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"webhookIds": ["w"], "digitalriverVersion": "2021-12-13", "liveMode": False},
        {"versionIds": []},
        {"digitalRiverVersion": "2021-12-13", "pendingWebhooks": 3},
        {"createdTime": "yesterday", "liveMode": "no", "more": {"later": [1]}},
    ],
)
def test_envelopes(envelope):
    """All published variations of the envelope are read, and later additions too."""
    assert parse_event(body(**envelope)).order_id == ORDER["id"]


@pytest.mark.parametrize(
    ("document", "key"),
    [
        (body(id=None), "id"),
        (body(id=7), "id"),
        (body(id=""), "id"),
        (body(id="a\u0000b"), "id"),
        (body(type=None), "type"),
        (body(type=["order.accepted"]), "type"),
        (body(data=None), "data"),
        (body(data=[]), "data"),
        (body(data={}), "data.object"),
        (body(data={"object": "order"}), "data.object"),
        (body(data={"object": {"state": "accepted"}}), "data.object.id"),
        (body(data={"object": {"id": True}}), "data.object.id"),
        (body(data={"object": {"id": 5.5}}), "data.object.id"),
        (b"", "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b"{", "body"),
        (b"\xef\xbb\xbf" + body(), "body"),
        (body().decode().encode("utf-16"), "body"),
        (b'{"id": "\xff"}', "body"),
        (b'{"id": "\\ud800"}', "body"),
        (b'{"id": "a", "id": "b"}', "body"),
        (b'{"id": 1e999999999999}', "body"),
        (b'{"id": ' + b"9" * 5000 + b"}", "body"),
        (b'{"id": 0.' + b"9" * 5000 + b"}", "body"),
        (b'{"id": NaN}', "body"),
        (b'{"id": ' + b"[" * 100 + b"]" * 100 + b"}", "body"),
        (b"[" * 100_000, "body"),
        (b'{"a":' * 100_000, "body"),
    ],
)
def test_malformed(document, key):
    """What is no event is named by the key at fault, and by no other error."""
    with pytest.raises(MalformedEvent, match=f"^{key}: "):
        parse_event(document)


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "data", "object", "orderId", "orderDetails", "state"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.binary(max_size=200) | documents.map(lambda document: json.dumps(document).encode()))
def test_hostile(document):
    """Whatever comes, it is an event or malformed, never another error."""
    try:
        event = parse_event(document)
    except MalformedEvent:
        return

    assert event.id
    assert event.type
