"""The checks of the secrets, which show none of them."""

from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from ferryman.selftest import secrets
from ferryman.selftest.finding import Verdict
from ferryman.settings import (
    DEVELOPMENT_KEY,
    ApiKey,
    ApiSettings,
    DigitalRiverSettings,
    Scope,
)
from tests.ferryman.selftest.parts import SECRET

GOOD, WRONG = Verdict.GOOD, Verdict.WRONG


@pytest.mark.parametrize(
    ("given", "verdict", "said"),
    [
        ((SECRET, SECRET + "2"), GOOD, "2, each"),
        ((SECRET, "whsec_short"), WRONG, "number 2"),
        (("whsec_with_a_half_\ud800_character",), WRONG, "number 1 verifies nothing"),
    ],
)
def test_webhook_secrets(given, verdict, said):
    """A secret that is too short, or of no use, is named by its number alone."""
    river = DigitalRiverSettings(webhook_secrets=tuple(map(SecretStr, given)))
    found = secrets.findings(SimpleNamespace(digital_river=river, api=ApiSettings()))[0]

    assert verdict is found.verdict
    assert said in found.said
    assert not any(secret in str(found) for secret in given)


@pytest.mark.parametrize(
    ("base_url", "keys", "verdict"),
    [
        ("http://127.0.0.1:8400", (DEVELOPMENT_KEY,), GOOD),
        ("https://api.example.com", (DEVELOPMENT_KEY,), WRONG),
        ("https://api.example.com", (ApiKey("shop", Scope.WRITE, bytes(32)),), GOOD),
    ],
)
def test_api_keys(base_url, keys, verdict):
    """The key that the source shows is for the sandbox alone."""
    river = DigitalRiverSettings(base_url=base_url, webhook_secrets=(SecretStr(SECRET),))
    told = SimpleNamespace(digital_river=river, api=ApiSettings(keys=keys))

    assert verdict is secrets.findings(told)[1].verdict
