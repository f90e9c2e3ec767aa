"""What support reads of failed calls, and what nobody may read anywhere."""

import logging

import pytest
from structlog.testing import capture_logs
from temporalio.client import WorkflowUpdateFailedError

from ferryman.digital_river.client import calling_for
from ferryman.digital_river.errors import DigitalRiverError
from tests.workflows.given import DECLINED_CARD, REQUEST

KEY = "sk_test_sandbox"
FACTS = {"time", "status", "url", "request", "response"}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "status", "status": 400}, 400),
        ({"kind": "status", "status": 401}, 401),
        ({"kind": "status", "status": 404}, 404),
        ({"kind": "status", "status": 409}, 409),
        ({"kind": "status", "status": 429, "retryAfter": 1}, 429),
        ({"kind": "status", "status": 500}, 500),
        ({"kind": "status", "status": 503}, 503),
        ({"kind": "reset_before"}, None),
        ({"kind": "wrong_body"}, 201),
    ],
    ids=lambda value: str(value["kind"]) if isinstance(value, dict) else str(value),
)
async def test_failed_call_leaves_its_five_facts(shop, fault, status):
    """Time, status, URL and both payloads of a call that failed, whatever it failed of."""
    await shop.control("POST", "faults", {"method": "POST", "path": "/checkouts", **fault})
    body = {
        "currency": "EUR",
        "taxInclusive": False,
        "email": REQUEST["email"],
        "items": [{"skuId": "boots", "quantity": 1, "price": 10}],
    }
    with capture_logs() as lines, calling_for("p1"), pytest.raises(DigitalRiverError):
        await shop.digital_river.create_checkout(body)

    (line,) = [line for line in lines if line.get("upstream_id") == "p1"]
    assert FACTS <= line.keys()
    assert ("warning", status) == (line["log_level"], line["status"])
    assert line["url"].endswith("/checkouts")
    assert body["items"] == line["request"]["items"]
    assert REQUEST["email"] not in repr(line)


async def test_key_stands_in_no_log_line_and_no_record(shop, caplog):
    """A purchase with a decline, an outage and a refused key tells nobody the key."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        shopper = await shop.begin()
        await shopper.choose(card=DECLINED_CARD)
        with pytest.raises(WorkflowUpdateFailedError) as caught:
            await shopper.submit()
        await shopper.choose()
        for fault in ({"status": 401}, {"status": 503}):
            await shopper.fault(method="POST", path="/orders", kind="status", **fault)
        await shopper.submit()
    record = await shopper.record()
    history = await shopper.handle.fetch_history()
    timeline = await shop.records.timeline(shopper.id)

    assert {401, 409, 503} <= {line.get("status") for line in lines}
    told = [*map(repr, lines), caplog.text, repr(caught.value.cause), history.to_json()]
    told += [record.model_dump_json(), *(entry.model_dump_json() for entry in timeline)]
    assert [] == [text for text in told if KEY in text]
