"""Digital River's codes are for merchants' systems: no buyer reads one ("Processing orders")."""

import json
from pathlib import Path
from typing import Any

import pytest

from activities.orders import FRAUD
from ferryman.setting_types import Scope

PUBLISHED: dict[str, str] = json.loads(
    (Path(__file__).parent / "error-codes.json").read_text(encoding="utf-8")
)


def strings(document: Any) -> list[str]:
    """Every text in a JSON document."""
    if isinstance(document, dict):
        return [text for value in document.values() for text in strings(value)]
    if isinstance(document, list):
        return [text for value in document for text in strings(value)]
    return [document] if isinstance(document, str) else []


def no_word(code: str) -> bool:
    """True for a code that nobody would write in a sentence."""
    return "_" in code or "-" in code


def betrays(document: Any, code: str) -> bool:
    """True where a text is the code, or holds one that is no ordinary word."""
    texts = strings(document)
    return code in texts or (no_word(code) and any(code in text for text in texts))


async def refuse(shopper, code: str, message: str, status: int) -> None:
    """Let the next order of this purchase be refused so."""
    body = {"type": "conflict", "errors": [{"code": code, "message": message}]}
    await shopper.fault(method="POST", path="/orders", kind="status", status=status, body=body)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("status", [400, 409])
async def test_no_published_code_is_told(shop, door, status):
    """Refused with any of the published codes, even inside the message: no answer repeats it."""
    shopper = await shop.begin()
    paths = [f"/purchases/{shopper.id}", f"/purchases/{shopper.id}/timeline"]
    await shopper.choose()
    for code in sorted(PUBLISHED.keys() - FRAUD):
        said = f"{PUBLISHED[code]} ({code})" if no_word(code) else PUBLISHED[code]
        await refuse(shopper, code, said, status)
        refused = await door.send("POST", f"{paths[0]}/submit", {"termsAccepted": True})
        answers = [refused, *[await door.get(path, Scope.READ) for path in paths]]

        assert refused.status in {409, 422}
        assert [] == [reply.body for reply in answers if betrays(reply.json, code)], code
        if status == 409:
            await shopper.choose()


@pytest.mark.parametrize("code", sorted(FRAUD))
async def test_no_code_of_a_fraud_review_is_told(shop, door, code):
    """A buyer who is blocked reads our own sentence."""
    shopper = await shop.begin()
    await shopper.choose()
    await refuse(shopper, code, f"Blocked: {code}.", 409)
    refused = await door.send("POST", f"/purchases/{shopper.id}/submit", {"termsAccepted": True})
    read = await door.get(f"/purchases/{shopper.id}")

    assert (409, "blocked") == (refused.status, read.json["state"])
    assert "fraud" not in (refused.body + read.body).decode().lower()
