import hashlib
import os
from datetime import timedelta

import pytest

from ferryman.setting_types import Scope
from ferryman.settings import DEVELOPMENT_KEY, Settings, SettingsError

SECRET = "whsec_" + "x" * 24
SIGNING_SECRET = "whsec_" + "c2lnbg" * 8
KEY_HASH = hashlib.sha256(b"a key of the merchant's own").hexdigest()


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("FERRYMAN_", "DIGITAL_RIVER_", "TEMPORAL_")):
            monkeypatch.delenv(name)


def test_defaults():
    """With an empty environment the documented defaults hold."""
    settings = Settings.read()

    assert (settings.api.host, settings.api.port) == ("127.0.0.1", 8080)
    assert settings.api.keys == (DEVELOPMENT_KEY,)
    assert (settings.api.rate_limit, settings.api.concurrency) == (500, 500)
    assert settings.worker.port is None
    assert settings.process.task_queue == "purchases"
    assert settings.digital_river.base_url == "http://127.0.0.1:8400"
    assert (
        settings.digital_river.timeout,
        settings.digital_river.rate_limit,
        settings.digital_river.webhook_tolerance,
    ) == (10, 20, 300)


def test_policy():
    """A purchase is promised the durations of the settings."""
    policy = Settings.read().policy

    assert {
        "checkout_window": timedelta(hours=24),
        "payment_windows": {
            "konbini": timedelta(days=7),
            "wireTransfer": timedelta(days=30),
            "bPay": timedelta(days=30),
            "redirect": timedelta(hours=1),
            "default": timedelta(days=7),
        },
        "payment_grace": timedelta(hours=6),
        "review_window": timedelta(days=3),
        "poll_interval": timedelta(minutes=15),
        "settle_time": timedelta(seconds=30),
        "provider_timeout": timedelta(seconds=10),
        "authorization_age": timedelta(days=7),
        "digital_delivery": "merchant",
    } == policy.model_dump()


def test_some_windows_leave_the_others(monkeypatch):
    """Payment windows that are not named keep their default."""
    monkeypatch.setenv("FERRYMAN_PAYMENT_WINDOWS", "konbini=PT8S, redirect=PT1.5S")

    windows = Settings.read().policy.payment_windows

    assert timedelta(seconds=8) == windows["konbini"]
    assert timedelta(seconds=1.5) == windows["redirect"]
    assert timedelta(days=30) == windows["wireTransfer"]


def test_own_keys_replace_the_development_key(monkeypatch):
    """Once keys are given, only they are accepted."""
    monkeypatch.setenv("FERRYMAN_API_KEYS", f"shop:write:{KEY_HASH}")

    assert [("shop", Scope.WRITE, bytes.fromhex(KEY_HASH))] == [
        (key.name, key.scope, key.digest) for key in Settings.read().api.keys
    ]


def test_origin(monkeypatch):
    """The address that goods come from may be given as JSON."""
    monkeypatch.setenv("FERRYMAN_SHIP_FROM", '{"line1": "Hafen 1", "country": "DE"}')

    origin = Settings.read().purchase.ship_from

    assert origin is not None
    assert (origin.address.line1, origin.address.country) == ("Hafen 1", "DE")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FERRYMAN_API_PORT", "http"),
        ("FERRYMAN_API_PORT", "70000"),
        ("FERRYMAN_API_HOST", ""),
        ("FERRYMAN_API_KEYS", ""),
        ("FERRYMAN_API_KEYS", "shop:write"),
        ("FERRYMAN_API_KEYS", f"shop:root:{KEY_HASH}"),
        ("FERRYMAN_API_KEYS", f"shop:write:{KEY_HASH[:-1]}"),
        ("FERRYMAN_API_KEYS", f"shop:write:{KEY_HASH},till:read:{KEY_HASH}"),
        ("FERRYMAN_API_KEYS", f"a:read:{KEY_HASH},a:read:{KEY_HASH[::-1]}"),
        ("FERRYMAN_WORKER_PORT", "-1"),
        ("FERRYMAN_TASK_QUEUE", ""),
        ("FERRYMAN_DATABASE_URL", "mysql://localhost/ferryman"),
        ("FERRYMAN_LOG_LEVEL", "loud"),
        ("FERRYMAN_LOG_FORMAT", "xml"),
        ("FERRYMAN_ENCRYPTION_KEYS", "k1:AAAA"),
        ("FERRYMAN_CHECKOUT_WINDOW", "24h"),
        ("FERRYMAN_CHECKOUT_WINDOW", "PT0S"),
        ("FERRYMAN_CHECKOUT_WINDOW", "P1M"),
        ("FERRYMAN_CHECKOUT_WINDOW", "86400"),
        ("FERRYMAN_PAYMENT_GRACE", "-PT1S"),
        ("FERRYMAN_PAYMENT_WINDOWS", "konbini"),
        ("FERRYMAN_PAYMENT_WINDOWS", "konbini=P7D,konbini=P8D"),
        ("FERRYMAN_PAYMENT_WINDOWS", ""),
        ("FERRYMAN_SHIP_FROM", "Hamburg"),
        ("FERRYMAN_SHIP_FROM", '{"country": "DE", "planet": "Earth"}'),
        ("DIGITAL_RIVER_BASE_URL", "http://api.example.com"),
        ("DIGITAL_RIVER_BASE_URL", "ftp://127.0.0.1"),
        ("DIGITAL_RIVER_BASE_URL", "api.example.com"),
        ("DIGITAL_RIVER_API_KEY", ""),
        ("DIGITAL_RIVER_VERSION", "newest"),
        ("DIGITAL_RIVER_TIMEOUT", "0"),
        ("DIGITAL_RIVER_TIMEOUT", "nan"),
        ("DIGITAL_RIVER_RATE_LIMIT", "0"),
        ("FERRYMAN_API_RATE_LIMIT", "0"),
        ("FERRYMAN_API_CONCURRENCY", "many"),
        ("DIGITAL_RIVER_WEBHOOK_SECRETS", ""),
        ("DIGITAL_RIVER_API_KEY", "two\nlines"),
        ("DIGITAL_RIVER_WEBHOOK_SECRETS", f"{SECRET},"),
        ("DIGITAL_RIVER_WEBHOOK_TOLERANCE", "-1"),
        ("FERRYMAN_NOTIFICATION_URL", "http://shop.example.com/notices"),
        ("FERRYMAN_NOTIFICATION_URL", "ftp://shop.example.com"),
        ("FERRYMAN_NOTIFICATION_URL", "https://erika:secret@shop.example.com"),
        ("FERRYMAN_NOTIFICATION_SECRETS", "whsec_c2hvcnQ="),
        ("FERRYMAN_NOTIFICATION_SECRETS", f"{SIGNING_SECRET},"),
        ("FERRYMAN_NOTIFICATION_SECRETS", SIGNING_SECRET.removeprefix("whsec_")),
        ("FERRYMAN_NOTIFICATION_SECRETS", "whsec_" + "no base64 " * 5),
    ],
)
def test_what_cannot_work(monkeypatch, name, value):
    """A value that cannot work is refused by its variable's name, and not repeated."""
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as caught:
        Settings.read()

    assert str(caught.value).startswith(f"{name}: ")
    assert not value or f"'{value}'" not in str(caught.value)


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("FERRYMAN_API_KEY", "FERRYMAN_API_KEYS"),
        ("FERRYMAN_CHECKOUT_WINDOWS", "FERRYMAN_CHECKOUT_WINDOW"),
        ("FERRYMAN_DB_URL", "FERRYMAN_DATABASE_URL"),
        ("DIGITAL_RIVER_WEBHOOK_SECRET", "DIGITAL_RIVER_WEBHOOK_SECRETS"),
    ],
)
def test_slips(monkeypatch, slip, meant):
    """A name that resembles a setting is taken for a slip of the pen."""
    monkeypatch.setenv(slip, "whatever")

    with pytest.raises(SettingsError, match=f"{slip} is no setting; was {meant} meant"):
        Settings.read()


def test_names_of_others(monkeypatch):
    """The sandbox's variables and names unlike any setting are let be."""
    monkeypatch.setenv("FERRYMAN_SANDBOX_API_KEYS", "x")
    monkeypatch.setenv("FERRYMAN_FAVOURITE_COLOUR", "blue")

    assert Settings.read().api.port == 8080


@pytest.mark.parametrize(
    "url", ["https://shop.example.com/notices?shop=1", "http://127.0.0.1:9000", ""]
)
def test_notifications(monkeypatch, url):
    """Notifications go to an address of the operator's, signed with each of the secrets."""
    monkeypatch.setenv("FERRYMAN_NOTIFICATION_URL", url)
    monkeypatch.setenv("FERRYMAN_NOTIFICATION_SECRETS", f"{SIGNING_SECRET}, {SIGNING_SECRET}")

    told = Settings.read().notification

    assert (url or None) == told.url
    assert [SIGNING_SECRET] * 2 == [secret.get_secret_value() for secret in told.secrets]
    assert SIGNING_SECRET not in repr(told)


def test_unsigned_notifications(monkeypatch):
    """An address without a secret is refused: what came there could be from anyone."""
    monkeypatch.setenv("FERRYMAN_NOTIFICATION_URL", "https://shop.example.com/notices")

    with pytest.raises(SettingsError, match="FERRYMAN_NOTIFICATION_SECRETS: "):
        Settings.read()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "shop.example.com"])  # noqa: S104 - must be refused
def test_development_key_stays_at_home(monkeypatch, host):
    """The development key is not accepted where others can reach the API."""
    monkeypatch.setenv("FERRYMAN_API_HOST", host)

    with pytest.raises(SettingsError, match="FERRYMAN_API_KEYS: the development key"):
        Settings.read()


def test_sandbox_secret_stays_at_home(monkeypatch):
    """Webhooks of a Digital River elsewhere need a secret that is not printed in the source."""
    monkeypatch.setenv("DIGITAL_RIVER_BASE_URL", "https://api.example.com")

    with pytest.raises(SettingsError, match="DIGITAL_RIVER_WEBHOOK_SECRETS: the sandbox's"):
        Settings.read()


def test_scopes():
    """Each scope includes those before it."""
    covered = {scope: [other for other in Scope if scope.covers(other)] for scope in Scope}

    assert covered == {
        Scope.READ: [Scope.READ],
        Scope.WRITE: [Scope.READ, Scope.WRITE],
        Scope.OPERATOR: [Scope.READ, Scope.WRITE, Scope.OPERATOR],
    }


FAR = "postgresql+asyncpg://ferryman:canary@db.example.com/ferryman"


@pytest.mark.parametrize(
    "url",
    [
        FAR,
        f"{FAR}?ssl=prefer",
        f"{FAR}?ssl=require",
        f"{FAR}?sslmode=verify-full",
        "postgresql+asyncpg://ferryman:canary@127.0.0.1,db.example.com/ferryman",
        "postgresql+asyncpg://ferryman:canary@/ferryman?host=db.example.com:5432",
        "postgresql+asyncpg://ferryman:canary@other:5432/ferryman",
    ],
)
def test_plain_database(monkeypatch: pytest.MonkeyPatch, url: str):
    """Records go to no other host in the clear or unproven; the refusal says what to set."""
    monkeypatch.setenv("FERRYMAN_DATABASE_URL", url)
    monkeypatch.setenv("FERRYMAN_PLAINTEXT_HOSTS", "postgres")

    with pytest.raises(
        SettingsError, match=r"FERRYMAN_DATABASE_URL: .*add \?ssl=verify-full"
    ) as told:
        Settings.read()
    assert "canary" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        f"{FAR}?ssl=verify-full",
        f"{FAR}?ssl=verify-ca",
        "postgresql+asyncpg://ferryman:canary@postgres:5432/ferryman",
        "postgresql+asyncpg://ferryman:canary@127.0.0.1:1/ferryman",
        "postgresql+asyncpg://ferryman:canary@[::1]/ferryman",
        "postgresql+asyncpg:///ferryman?host=/run/postgresql",
        "sqlite+aiosqlite:////var/lib/ferryman.db",
    ],
)
def test_safe_database(monkeypatch: pytest.MonkeyPatch, url: str):
    """A database on this machine, or behind a certificate, is taken."""
    monkeypatch.setenv("FERRYMAN_DATABASE_URL", url)
    monkeypatch.setenv("FERRYMAN_PLAINTEXT_HOSTS", "postgres")

    assert url == Settings.read().process.database_url.get_secret_value()


@pytest.mark.parametrize(
    ("name", "url", "refused"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://traces.example.com:4318", True),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces.example.com/v1/traces", True),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://traces.example.com:4318", False),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318", False),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318", False),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "", False),
    ],
)
def test_plain_traces(monkeypatch: pytest.MonkeyPatch, name: str, url: str, refused: bool):  # noqa: FBT001 - a table
    """Traces go to no other host in the clear."""
    monkeypatch.setenv(name, url)
    monkeypatch.setenv("FERRYMAN_PLAINTEXT_HOSTS", "collector")

    if not refused:
        assert Settings.read().process.plaintext_hosts == {"collector"}
        return
    with pytest.raises(SettingsError, match=f"{name}: .* in the clear: use https"):
        Settings.read()
