"""Each invariant sees the breach that it is there for, in the books of a sound purchase."""

from copy import deepcopy
from dataclasses import replace

import pytest

from faults.evidence import Evidence, Size
from faults.invariants import INVARIANTS
from tests.crashes.conftest import PLAYED

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif("card" not in PLAYED, reason="only other lives were asked for"),
]


def _running(evidence: Evidence) -> Evidence:
    return replace(evidence, runs=("RUNNING",))


def _two_runs(evidence: Evidence) -> Evidence:
    return replace(evidence, runs=("COMPLETED", "COMPLETED"))


def _second_order(evidence: Evidence) -> Evidence:
    evidence.ledger["orders"].append({**evidence.ledger["orders"][0], "id": "2", "items": []})
    return evidence


def _too_many(evidence: Evidence) -> Evidence:
    evidence.ledger["fulfillments"][0]["items"][0]["quantity"] += 1
    return evidence


def _refused_as_too_many(evidence: Evidence) -> Evidence:
    evidence.ledger["requests"][-1]["lateCode"] = "item_fulfilled"
    return evidence


def _told_twice(evidence: Evidence) -> Evidence:
    evidence.ledger["fulfillments"].append(evidence.ledger["fulfillments"][0])
    return evidence


def _captured_less(evidence: Evidence) -> Evidence:
    evidence.ledger["charges"][0]["captures"].pop()
    return evidence


def _other_total(evidence: Evidence) -> Evidence:
    evidence.purchase["checkout"]["totalAmount"] += 1
    return evidence


def _asked_too_early(evidence: Evidence) -> Evidence:
    next(evidence.shipping_calls)["orderState"] = "in_review"
    return evidence


def _shipped_too_early(evidence: Evidence) -> Evidence:
    for record in evidence.ledger["events"]:
        if record["event"]["type"] == "fulfillment.created":
            record["event"]["data"]["object"]["orderDetails"]["state"] = "pending_payment"
    return evidence


def _orphan(evidence: Evidence) -> Evidence:
    evidence.ledger["orders"][0]["state"] = "accepted"
    evidence.ledger["charges"][0]["captures"].pop()
    return evidence


def _other_end(evidence: Evidence) -> Evidence:
    evidence.ledger["orders"][0]["state"] = "cancelled"
    return evidence


def _forbidden_move(evidence: Evidence) -> Evidence:
    states = [one for one in evidence.timeline if one["kind"] == "state"]
    states[0]["name"], states[1]["name"] = states[1]["name"], states[0]["name"]
    return evidence


def _lost_entry(evidence: Evidence) -> Evidence:
    return replace(evidence, timeline=(*evidence.timeline[:2], *evidence.timeline[3:]))


def _large(evidence: Evidence) -> Evidence:
    return replace(evidence, sizes=(Size(events=501, octets=1000, largest_payload=1000),))


def _large_payload(evidence: Evidence) -> Evidence:
    return replace(evidence, sizes=(Size(events=9, octets=1000, largest_payload=70_000),))


def _told_again(evidence: Evidence) -> Evidence:
    last = {**evidence.notices[-1], "sequence": len(evidence.notices) + 1}
    return replace(evidence, notices=(*evidence.notices, last))


def _refunded_beside_us(evidence: Evidence) -> Evidence:
    order = evidence.ledger["orders"][0]["id"]
    evidence.ledger["refunds"].append({"id": "re_1", "orderId": order, "state": "succeeded"})
    return evidence


def _untold(evidence: Evidence) -> Evidence:
    return replace(evidence, notices=evidence.notices[1:])


@pytest.mark.parametrize(
    ("invariant", "breach"),
    [
        ("I1", _running),
        ("I1", _two_runs),
        ("I2", _second_order),
        ("I3", _too_many),
        ("I3", _refused_as_too_many),
        ("I4", _told_twice),
        ("I5", _captured_less),
        ("I5", _other_total),
        ("I6", _asked_too_early),
        ("I6", _shipped_too_early),
        ("I7", _orphan),
        ("I8", _other_end),
        ("I12", _forbidden_move),
        ("I12", _lost_entry),
        ("I18", _large),
        ("I18", _large_payload),
        ("I21", _told_again),
        ("I21", _untold),
        ("I22", _refunded_beside_us),
    ],
)
async def test_invariant_sees_its_breach(run, invariant, breach):
    """Broken on purpose, it is named; left alone, nothing is."""
    clean = next(one.evidence for one in run.clean.values() if one.case.life == "card")
    before = INVARIANTS[invariant](clean)
    after = INVARIANTS[invariant](breach(deepcopy(clean)))

    assert [] == before
    assert [] != after
