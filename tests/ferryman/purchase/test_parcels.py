"""Captures and releases find the parcel that they are for."""

from datetime import UTC, datetime

import pytest

from ferryman.purchase.messages import Shipment
from ferryman.purchase.parcels import (
    capture_failed,
    followed,
    is_ours,
    made_good,
    named,
    not_delivered,
    uncaptured,
)
from ferryman.purchase.purchase import Fulfillment, ParcelState
from ferryman.purchase.readings import MoneyPart

SHIPPED, CAPTURED = ParcelState.SHIPPED, ParcelState.CAPTURED
FAILED, CANCELLED = ParcelState.CAPTURE_FAILED, ParcelState.CANCELLED


def parcel(name: str, *, goods: bool = True, state: ParcelState = SHIPPED) -> Fulfillment:
    """A parcel of one piece, or a cancellation of one."""
    item = {"lineId": "1", "quantity": int(goods), "cancelQuantity": int(not goods)}
    return Fulfillment.model_validate(
        {
            "shipmentId": name,
            "id": f"ful_{name}",
            "items": [item],
            "state": state,
            "createdTime": datetime.now(UTC),
        }
    )


def part(state: str, name: str | None = None, charge: str = "c") -> MoneyPart:
    """A capture or release, of this parcel where one is named."""
    return MoneyPart(charge_id=charge, state=state, fulfillment_id=f"ful_{name}" if name else None)


@pytest.mark.parametrize(
    ("captures", "states"),
    [
        ([], [SHIPPED, SHIPPED]),
        ([part("complete", "a")], [CAPTURED, SHIPPED]),
        ([part("pending", "a"), part("failed", "b")], [SHIPPED, FAILED]),
        ([part("failed", "a"), part("complete", "a")], [CAPTURED, SHIPPED]),
        ([part("complete", "a"), part("failed", "a", "d")], [FAILED, SHIPPED]),
        ([part("complete"), part("failed")], [CAPTURED, FAILED]),
        ([part("failed")], [FAILED, SHIPPED]),
        ([part("pending"), part("failed", charge="d")], [FAILED, SHIPPED]),
        ([part("failed"), part("failed"), part("complete")], [SHIPPED, SHIPPED]),
        ([part("failed"), part("complete", "a")], [CAPTURED, FAILED]),
        ([part("failed"), part("complete"), part("complete")], [CAPTURED, CAPTURED]),
        ([part("complete"), part("complete"), part("failed")], [SHIPPED, SHIPPED]),
        ([part("complete", "stranger")], [SHIPPED, SHIPPED]),
    ],
)
def test_parcels_follow_their_captures(captures, states):
    """By the fulfillment that is named, else by its place; what cannot be told stays."""
    found = followed([parcel("a"), parcel("b")], captures, [])

    assert states == [each.state for each in found]


def test_capture_that_names_no_parcel_is_the_only_ones():
    """Older versions name none ("Charges"); one parcel leaves no doubt."""
    found = followed([parcel("a")], [part("failed")], [])

    assert [FAILED] == [each.state for each in found]
    assert ("a",) == uncaptured(found)


@pytest.mark.parametrize(
    ("cancels", "state"),
    [
        ([], CANCELLED),
        ([part("complete")], CANCELLED),
        ([part("pending")], CANCELLED),
        ([part("failed")], ParcelState.CANCEL_FAILED),
    ],
)
def test_cancellations_follow_their_releases(cancels, state):
    """A capture says nothing of a cancellation."""
    cut = parcel("b", goods=False, state=CANCELLED)
    found = followed([parcel("a"), cut], [part("complete", "a")], cancels)

    assert [CAPTURED, state] == [each.state for each in found]


def test_what_went_out_by_itself_is_taken_from_a_later_report():
    """The rest of the report stays."""
    told = Shipment.model_validate(
        {
            "shipmentId": "x",
            "items": [{"lineId": "1", "quantity": 1}, {"lineId": "2", "quantity": 2}],
        }
    )
    left = not_delivered(told, [parcel("digital")])

    assert left is not None
    assert ["2"] == [item.line_id for item in left.items]
    assert told == not_delivered(told, [parcel("a")])
    assert None is not_delivered(
        left.model_copy(update={"items": told.items[:1]}), [parcel("digital")]
    )


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("digital", True),
        ("cancel-0123456789abcdef", True),
        ("wind-up-1234", True),
        ("digital-1", False),
        ("cancel-1", False),
    ],
)
def test_names_of_our_own(name, ours):
    """What bears one of ours would be taken for it."""
    assert ours is is_ours(name)


def test_events_say_what_the_order_does_not():
    """A capture that an event has explained is no guess any more."""
    told = [part("failed").model_copy(update={"id": "k"})]

    assert ["ful_b"] == [each.fulfillment_id for each in named(told, {"k": "ful_b"})]
    assert told == named(told, {"other": "ful_b"})


@pytest.mark.parametrize(
    ("parcels", "captures", "failed"),
    [
        ("a", [part("failed")], True),
        ("a", [part("failed"), part("complete")], False),
        ("a", [part("failed"), part("failed"), part("complete")], False),
        ("a", [part("failed", "a"), part("complete")], False),
        ("a", [part("complete"), part("failed")], True),
        ("a", [part("failed"), part("complete", charge="d")], True),
        ("ab", [part("failed"), part("complete")], True),
        ("ab", [part("failed", "a"), part("complete", "a")], False),
        ("ab", [part("failed", "a"), part("complete", "b")], True),
        ("ab", [part("failed"), part("complete"), part("complete")], False),
        ("ab", [part("failed"), part("failed"), part("complete")], True),
        ("ab", [part("complete"), part("complete"), part("failed")], True),
        ("", [part("failed"), part("complete")], True),
    ],
)
def test_second_try_makes_good_what_failed(parcels, captures, failed):
    """By its fulfillment, or where as many have not failed as parcels have left; else not."""
    left = [parcel(name) for name in parcels]

    assert failed is capture_failed(left, captures)


def test_what_was_made_good_is_known_by_its_id():
    """Only the failed try is; the one that made it good still counts."""
    tries = [part("failed"), part("complete")]
    known = [each.model_copy(update={"id": name}) for each, name in zip(tries, "xy", strict=True)]

    assert {"x"} == made_good([parcel("a")], known)
    assert set() == made_good([parcel("a"), parcel("b")], known)
