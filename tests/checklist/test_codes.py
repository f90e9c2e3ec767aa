"""Digital River's codes are for merchants' systems: no buyer reads one ("Processing orders")."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from activities.orders import FRAUD
from api.errors import Kind
from tests.checklist.codes import LANES, WAYS, Case, Trial, cases, logged_codes
from tests.workflows.given import REQUEST


@pytest.mark.parametrize("name", WAYS)
async def test_no_way_in_tells_a_code(shop, door, name):
    """Whatever Digital River refuses a call with: safe words for all, the code for operators."""
    trial, way = Trial(shop, door), WAYS[name]
    with capture_logs() as lines:
        await trial.run(way)
    codes = {case.code for case in cases()}

    assert way.answered == trial.statuses
    assert trial.kinds <= set(Kind)
    assert [] == trial.betrayed
    assert codes == logged_codes(lines)
    assert not way.told or codes - way.untold == trial.operators & codes


async def test_opening_tells_no_code(shop, door):
    """A checkout that is refused at once: the purchase stands, and may be mended."""
    trial = Trial(shop, door)

    async def lane(waiting: Iterator[tuple[int, Case]]) -> None:
        for number, case in waiting:
            purchase_id = f"{shop.task_queue}-open-{number}"
            asked = door.open({**REQUEST, "upstreamId": purchase_id})
            await trial.refused(purchase_id, "/checkouts", case, asked)
            await trial.read(purchase_id)

    waiting = iter(enumerate(cases()))
    with capture_logs() as lines:
        await asyncio.gather(*(lane(waiting) for _ in range(LANES)))
    codes = {case.code for case in cases()}

    assert ({422}, {"invalid-request"}) == (trial.statuses, trial.kinds)
    assert [] == trial.betrayed
    assert codes == logged_codes(lines)
    assert codes <= trial.operators


@pytest.mark.parametrize("status", [400, 409])
async def test_no_published_code_is_told(shop, door, status):
    """An order refused with any of the codes, for what may be mended and for good."""
    trial = Trial(shop, door)

    async def lane(waiting: Iterator[Case]) -> None:
        shopper = await shop.begin()
        await shopper.choose()
        for case in waiting:
            asked = door.send("POST", f"/purchases/{shopper.id}/submit", {"termsAccepted": True})
            await trial.refused(shopper.id, "/orders", replace(case, status=status), asked)
            if status == 409:
                await shopper.choose()
        await trial.read(shopper.id)

    waiting = iter(cases())
    await asyncio.gather(*(lane(waiting) for _ in range(LANES)))

    assert trial.statuses <= {409, 422}
    assert trial.kinds <= {"declined", "invalid-request"}
    assert [] == trial.betrayed
    assert {case.code for case in cases()} <= trial.operators


@pytest.mark.parametrize("code", sorted(FRAUD))
async def test_no_code_of_a_fraud_review_is_told(shop, door, code):
    """A buyer who is blocked reads our own sentence."""
    shopper = await shop.begin()
    await shopper.choose()
    body = {"type": "conflict", "errors": [{"code": code, "message": f"Blocked: {code}."}]}
    await shopper.fault(method="POST", path="/orders", kind="status", status=409, body=body)
    refused = await door.send("POST", f"/purchases/{shopper.id}/submit", {"termsAccepted": True})
    read = await door.get(f"/purchases/{shopper.id}")

    assert (409, "blocked") == (refused.status, read.json["state"])
    assert "fraud" not in (refused.body + read.body).decode().lower()
