"""Where the shop is served, and where it is not."""

from dataclasses import replace

import pytest

from ferryman.setting_types import ApiKey, Scope
from ferryman.settings import (
    DEVELOPMENT_KEY,
    ApiSettings,
    DigitalRiverSettings,
    Settings,
    SettingsError,
)
from ferryman.window_settings import ShopSettings
from tests.api.door import Wanted, opened, settings

OWN = ApiKey("mine", Scope.WRITE, b"\0" * 32)
SANDBOX, REAL = "http://127.0.0.1:8400", "https://api.digitalriver.example"


@pytest.mark.parametrize(
    ("said", "key", "host", "provider", "expected"),
    [
        (None, DEVELOPMENT_KEY, "127.0.0.1", SANDBOX, True),
        (None, OWN, "127.0.0.1", SANDBOX, False),
        (None, OWN, "0.0.0.0", SANDBOX, False),  # noqa: S104 - nobody listens
        (None, DEVELOPMENT_KEY, "127.0.0.1", REAL, False),
        ("on", OWN, "127.0.0.1", SANDBOX, True),
        ("on", DEVELOPMENT_KEY, "::1", SANDBOX, True),
        ("off", DEVELOPMENT_KEY, "127.0.0.1", SANDBOX, False),
    ],
)
def test_served(tmp_path, said, key, host, provider, expected):
    """Unless it is said, the shop is there in development alone."""
    told = replace(
        settings(Wanted(), tmp_path / "x.db"),
        api=ApiSettings(host=host, keys=(key,)),
        digital_river=DigitalRiverSettings(base_url=provider),
        shop=ShopSettings(shop=said),
    )

    assert expected == told.serves_shop


@pytest.mark.parametrize(("text", "expected"), [("ON", "on"), ("off", "off"), ("", None)])
def test_read(monkeypatch, text, expected):
    """The switch is read in any case; an empty one says nothing."""
    monkeypatch.setenv("FERRYMAN_SHOP", text)

    assert expected == Settings.read().shop.shop


def test_no_switch(monkeypatch):
    """A word that is none of the two stops the process, which names the variable."""
    monkeypatch.setenv("FERRYMAN_SHOP", "perhaps")

    with pytest.raises(SettingsError, match="FERRYMAN_SHOP: "):
        Settings.read()


def test_not_for_the_world(monkeypatch):
    """Pages without a key are not served to other machines: such a process does not start."""
    monkeypatch.setenv("FERRYMAN_SHOP", "on")
    monkeypatch.setenv("FERRYMAN_API_HOST", "0.0.0.0")  # noqa: S104 - nobody listens
    monkeypatch.setenv("FERRYMAN_API_KEYS", f"mine:write:{'0' * 64}")

    with pytest.raises(SettingsError, match=r"FERRYMAN_SHOP: .*loopback"):
        Settings.read()


def test_not_with_a_real_digital_river(monkeypatch):
    """What plays with the sandbox is not served in front of Digital River itself."""
    monkeypatch.setenv("FERRYMAN_SHOP", "on")
    monkeypatch.setenv("DIGITAL_RIVER_BASE_URL", REAL)
    monkeypatch.setenv("DIGITAL_RIVER_WEBHOOK_SECRETS", "whsec_of_this_test_and_of_no_other")

    with pytest.raises(SettingsError, match=r"FERRYMAN_SHOP: .*DIGITAL_RIVER_BASE_URL"):
        Settings.read()


async def test_off(temporal, records, tmp_path):
    """Without the shop its paths are as unknown as any other, in the API's own words."""
    told = settings(Wanted(), tmp_path / "x.db")
    async with opened(told, temporal.client, records) as door:
        for path in ("/", "/shop/purchases", "/shop/static/base.css"):
            reply = await door.get(path, scope=None)

            assert (404, "not-found") == (reply.status, reply.problem)


async def test_no_api(visitor):
    """The pages are no part of what the API says of itself, and leave the rest as it is."""
    document = (await visitor.get("/openapi.json")).text
    elsewhere = await visitor.get("/nothing")

    assert '"/shop' not in document
    assert '"/"' not in document
    assert elsewhere.headers["Content-Type"] == "application/problem+json"
