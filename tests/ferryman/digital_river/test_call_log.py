"""The log tells what support needs of a call, and nothing of the key or of any person."""

import json
import traceback

import pytest

from ferryman.digital_river.client import calling_for
from ferryman.digital_river.errors import Conflict, DigitalRiverError
from ferryman.digital_river.redaction import redact

PERSON = {"name": "Canary", "email": "canary@example.com", "phone": "canary-phone"}
ADDRESS = {"line1": "Canary", "city": "Canary", "postalCode": "canary", "state": "canary"}
REQUEST = {
    "currency": "EUR",
    "email": "canary@example.com",
    "browserIp": "canary-ip",
    "upstreamId": "u1",
    "billTo": PERSON | {"address": ADDRESS},
    "shipTo": PERSON | {"address": ADDRESS},
    "taxIdentifiers": [{"type": "de", "value": "canary-tax"}],
    "metadata": {"note": "canary"},
    "items": [{"skuId": "sku1", "quantity": 2, "metadata": {"note": "canary"}}],
}
REFUSAL = {
    "type": "conflict",
    "errors": [
        {"code": "source_in_use", "parameter": "sourceId", "message": "canary@example.com has it"}
    ],
    "payment": {
        "session": {
            "state": "requires_source",
            "clientSecret": "canary",
            "nextAction": {"action": "redirect", "data": {"redirectUrl": "canary"}},
        },
        "sources": [
            {
                "id": "s1",
                "owner": PERSON,
                "wireTransfer": {"iban": "canary", "referenceId": "canary"},
                "creditCard": {"lastFourDigits": "canary"},
            }
        ],
    },
}


async def test_failure(client, provider, log):
    """A failed call leaves time, status, URL and both payloads, without anything personal."""
    provider.will(409, json.dumps(REFUSAL).encode(), headers={"x-dr-requestid": "r1"})

    with calling_for("u1"), pytest.raises(Conflict):
        await client.create_checkout(REQUEST)

    (entry,) = log.entries
    assert (entry["event"], entry["log_level"]) == ("digital_river_call_failed", "warning")
    assert ("POST", 409, f"{provider.url}/checkouts", "r1", "u1") == (
        entry["method"],
        entry["status"],
        entry["url"],
        entry["provider_request_id"],
        entry["upstream_id"],
    )
    assert entry["time"].endswith("Z")
    assert entry["request"]["items"][0] == {"skuId": "sku1", "quantity": 2, "metadata": "***"}
    assert entry["response"]["errors"][0]["code"] == "source_in_use"
    assert entry["response"]["errors"][0]["message"] == "***"
    assert "canary" not in repr(log.entries).lower()


@pytest.mark.parametrize("body", [b"<html>canary</html>", b"", b'"canary@example.com"'])
async def test_failure_without_json(client, provider, log, body):
    """A body that is not JSON is logged by its size alone."""
    provider.will(500, body)

    with pytest.raises(DigitalRiverError):
        await client.get_order("o1")

    assert log.entries[0]["status"] == 500
    assert "canary" not in repr(log.entries)


async def test_lost(connect, log):
    """A call without an answer is logged too."""
    with pytest.raises(DigitalRiverError):
        await connect("http://127.0.0.1:1").create_checkout(REQUEST)

    (entry,) = log.entries
    assert (entry["status"], entry["response"], entry["error"]) == (None, None, "Unavailable")
    assert "canary" not in repr(entry).lower()


async def test_success(client, provider, log):
    """A call that went well is one line at debug, without payloads."""
    provider.will(200, b'{"id": "c1", "email": "canary@example.com"}')

    await client.create_checkout(REQUEST)

    (entry,) = log.entries
    assert (
        entry["event"],
        entry["log_level"],
        entry["status"],
    ) == ("digital_river_call", "debug", 200)
    assert "canary" not in repr(entry).lower()


async def test_traceback(client, provider):
    """An answer that cannot be read is not repeated in the traceback either."""
    provider.will(200, b'{"id": {"name": "canary"}, "email": "canary@example.com"}')

    with pytest.raises(DigitalRiverError) as error:
        await client.create_checkout({})

    assert "canary" not in "".join(traceback.format_exception(error.value))


def test_unknown_fields():
    """A field that nobody thought of is masked, whatever it holds."""
    payload = {"id": "o1", "brandNew": {"person": "Canary"}, "items": [{"secretName": "Canary"}]}

    assert redact(payload) == {"id": "o1", "brandNew": "***", "items": [{"secretName": "***"}]}


def test_after_the_sale():
    """Refunds, returns and documents are told apart, but nobody can use or recognise them."""
    canary = "canary"
    payload = {
        "id": "re_1",
        "failureReason": "Closed account",
        "reason": canary,
        "tokenInformation": {"token": canary, "expiresTime": "2026-01-01T00:00:00Z"},
        "items": [{"itemId": "1", "quantityAccepted": 2}],
        "location": {"address": {"line1": canary}},
        "invoicePDFs": [{"id": "f1", "url": canary}],
        "taxIdentifiers": [{"id": "t1", "state": "verified", "value": canary}],
        "link": canary,
        "url": canary,
        "file": canary,
        "fileName": canary,
        "fileId": "f1",
        "verifiedName": canary,
    }
    shown = redact(payload)

    assert canary not in repr(shown)
    assert shown["tokenInformation"]["expiresTime"] == "2026-01-01T00:00:00Z"
    assert (shown["failureReason"], shown["fileId"]) == ("Closed account", "f1")
    assert shown["items"] == [{"itemId": "1", "quantityAccepted": 2}]
    assert shown["taxIdentifiers"][0]["state"] == "verified"
    assert shown["invoicePDFs"][0]["id"] == "f1"


async def test_what_is_looked_for(client, provider, log):
    """A tax number by which a list is searched is not in the log, its type is."""
    provider.will(200, b'{"hasMore": false, "data": []}')

    await client.list_tax_identifiers(kind="de", value="canary-tax")

    (entry,) = log.entries
    assert entry["url"] == f"{provider.url}/tax-identifiers?type=de&value=***&limit=100"
    assert "value=canary-tax" in provider.requests[0].path


def test_states_stay():
    """What happened when, and amounts, stay readable."""
    payload = {"stateTransitions": {"accepted": "2026-01-01T00:00:00Z"}, "totalAmount": 5}

    assert payload == redact(payload)
