"""What a process is told by its environment or an `.env` file; what cannot work stops it."""

import hashlib
import os
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal, NoReturn, TypeVar

from dotenv import load_dotenv
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ferryman.loopback import is_loopback
from ferryman.purchase.policy import DigitalDelivery, Policy

from .plaintext import plain_database, plain_provider, plain_traces
from .secret_files import UnreadableSecret, read_secret_files
from .setting_names import BuildId, DeploymentName, Neighbours
from .setting_slips import first_slip
from .setting_types import (
    DEFAULT_WINDOWS,
    ApiKey,
    ApiKeys,
    BaseUrl,
    DatabaseUrl,
    Duration,
    DurationOrNone,
    EncryptionKeys,
    Lower,
    OptionalPort,
    ReceiverUrl,
    Scope,
    Secrets,
    ShipFrom,
    SigningSecrets,
    Windows,
)
from .window_settings import CodecSettings, ShopSettings

SANDBOX_SECRET = "whsec_ferryman_sandbox_only_0123456789"  # noqa: S105 - opens nothing real
DEVELOPMENT_KEY = ApiKey(
    "development", Scope.OPERATOR, hashlib.sha256(b"ferryman-development").digest()
)

_UNUSABLE = 2

Concern = TypeVar("Concern", bound=BaseSettings)


class SettingsError(ValueError):
    """The environment asks for what cannot work; names the variable and tells no secret."""


def _from(prefix: str) -> SettingsConfigDict:
    return SettingsConfigDict(env_prefix=prefix, extra="ignore", frozen=True)


class ProcessSettings(BaseSettings):
    """What every process of ours is told."""

    model_config = _from("FERRYMAN_")

    task_queue: Annotated[str, Field(min_length=1, max_length=200)] = "purchases"
    database_url: DatabaseUrl = SecretStr("sqlite+aiosqlite:///.data/ferryman.db")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Lower] = "info"
    log_format: Annotated[Literal["json", "console"] | None, Lower] = None
    encryption_keys: EncryptionKeys = None
    plaintext_hosts: Neighbours = frozenset()


class ApiSettings(BaseSettings):
    """Where the API listens and whom it serves."""

    model_config = _from("FERRYMAN_API_")

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    keys: ApiKeys = (DEVELOPMENT_KEY,)
    rate_limit: Annotated[int, Field(gt=0, le=100_000)] = 500
    concurrency: Annotated[int, Field(gt=0, le=100_000)] = 500
    metrics_scope: Annotated[Scope | None, Lower] = None
    """None: the metrics are read without a key."""


class WorkerSettings(BaseSettings):
    """Where the worker tells of itself, if anywhere, and which version it is, if any."""

    model_config = _from("FERRYMAN_WORKER_")

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: OptionalPort = None
    deployment: DeploymentName = None
    build: BuildId = None


class DigitalRiverSettings(BaseSettings):
    """How to reach Digital River, and how to know its webhooks."""

    model_config = _from("DIGITAL_RIVER_")

    base_url: BaseUrl = "http://127.0.0.1:8400"
    api_key: Annotated[SecretStr, Field(min_length=1)] = SecretStr("sk_test_sandbox")
    version: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = "2021-12-13"
    timeout: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)] = 10
    rate_limit: Annotated[int, Field(gt=0, le=10_000)] = 20
    webhook_secrets: Secrets = (SecretStr(SANDBOX_SECRET),)
    webhook_tolerance: Annotated[int, Field(gt=0, le=86_400)] = 300

    @field_validator("api_key")
    @classmethod
    def _fits_a_header(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if not (key.isascii() and key.isprintable()):
            raise ValueError("only printable ASCII characters make a key")
        return value

    @property
    def secrets(self) -> tuple[str, ...]:
        """The webhook secrets in the clear; any one may have signed."""
        return tuple(secret.get_secret_value() for secret in self.webhook_secrets)


class PurchaseSettings(BaseSettings):
    """How long purchases wait, and where their goods come from."""

    model_config = _from("FERRYMAN_")

    checkout_window: Duration = timedelta(hours=24)
    payment_windows: Windows = Field(default_factory=lambda: dict(DEFAULT_WINDOWS))
    payment_grace: DurationOrNone = timedelta(hours=6)
    review_window: Duration = timedelta(days=3)
    poll_interval: Duration = timedelta(minutes=15)
    settle_time: DurationOrNone = timedelta(seconds=30)
    authorization_age: Duration = timedelta(days=7)
    ship_from: ShipFrom = None
    digital_delivery: DigitalDelivery = "merchant"
    document_link_age: Duration = timedelta(days=90)


class NotificationSettings(BaseSettings):
    """Whom to tell what happens to purchases; nobody, unless told."""

    model_config = _from("FERRYMAN_NOTIFICATION_")

    url: ReceiverUrl = None
    secrets: SigningSecrets = ()


_CONCERNS = (
    ProcessSettings,
    ApiSettings,
    WorkerSettings,
    DigitalRiverSettings,
    PurchaseSettings,
    NotificationSettings,
    CodecSettings,
    ShopSettings,
)


@dataclass(frozen=True)
class Settings:
    """All that a process is told, one part for each concern."""

    process: ProcessSettings
    api: ApiSettings
    worker: WorkerSettings
    digital_river: DigitalRiverSettings
    purchase: PurchaseSettings
    notification: NotificationSettings = field(default_factory=NotificationSettings)
    codec: CodecSettings = field(default_factory=CodecSettings)
    shop: ShopSettings = field(default_factory=ShopSettings)

    @classmethod
    def read(cls) -> "Settings":
        """Read the environment; raises SettingsError in one line."""
        _refuse_slips()
        settings = cls(
            process=_read(ProcessSettings),
            api=_read(ApiSettings),
            worker=_read(WorkerSettings),
            digital_river=_read(DigitalRiverSettings),
            purchase=_read(PurchaseSettings),
            notification=_read(NotificationSettings),
            codec=_read(CodecSettings),
            shop=_read(ShopSettings),
        )
        settings._refuse_open_doors()
        settings._refuse_plaintext()
        settings._refuse_half_a_version()
        return settings

    @property
    def policy(self) -> Policy:
        """The durations that a purchase beginning now is promised."""
        purchase = self.purchase
        return Policy(
            checkout_window=purchase.checkout_window,
            payment_windows=purchase.payment_windows,
            payment_grace=purchase.payment_grace,
            review_window=purchase.review_window,
            poll_interval=purchase.poll_interval,
            settle_time=purchase.settle_time,
            provider_timeout=timedelta(seconds=self.digital_river.timeout),
            authorization_age=purchase.authorization_age,
            digital_delivery=purchase.digital_delivery,
        )

    @property
    def serves_shop(self) -> bool:
        """Whether the API serves the shop's pages; its sandbox speaks plain HTTP."""
        local = is_loopback(self.api.host) and self.digital_river.base_url.startswith("http:")
        return self.shop.serves(in_development=local and self._takes_development_key)

    @property
    def _takes_development_key(self) -> bool:
        return DEVELOPMENT_KEY.digest in {key.digest for key in self.api.keys}

    def _refuse_open_doors(self) -> None:
        # Both are printed in the source: beyond this machine they would let anyone in.
        if self._takes_development_key and not is_loopback(self.api.host):
            raise SettingsError(
                "FERRYMAN_API_KEYS: the development key serves loopback only, and"
                f" FERRYMAN_API_HOST is {self.api.host}: give keys of your own"
            )
        if refusal := self.shop.refusal(self.api.host, self.digital_river.base_url):
            raise SettingsError(refusal)
        local = self.digital_river.base_url.startswith("http:")
        if SANDBOX_SECRET in self.digital_river.secrets and not local:
            raise SettingsError(
                "DIGITAL_RIVER_WEBHOOK_SECRETS: the sandbox's secret is known to everyone;"
                " give Digital River's own, which its Dashboard shows"
            )
        if self.notification.url is not None and not self.notification.secrets:
            raise SettingsError(
                "FERRYMAN_NOTIFICATION_SECRETS: what is not signed could come from anyone;"
                " give one for FERRYMAN_NOTIFICATION_URL"
            )

    def _refuse_plaintext(self) -> None:
        process = self.process
        refusals = (
            plain_provider(self.digital_river.base_url, process.plaintext_hosts),
            plain_database(process.database_url.get_secret_value(), process.plaintext_hosts),
            plain_traces(os.environ, process.plaintext_hosts),
        )
        if refusal := next(filter(None, refusals), None):
            raise SettingsError(refusal)

    def _refuse_half_a_version(self) -> None:
        if (self.worker.deployment is None) != (self.worker.build is None):
            raise SettingsError(
                "FERRYMAN_WORKER_DEPLOYMENT, FERRYMAN_WORKER_BUILD: give both or none"
            )


def settings_or_exit() -> Settings:
    """Read the environment and `.env`; where it cannot work, say why and exit with 2.

    What the environment says goes before `.env`, which may hold Temporal's variables too. Secrets
    may be in files, named by a variable that ends in _FILE.
    """
    load_dotenv(".env")
    try:
        read_secret_files(os.environ)
        return Settings.read()
    except UnreadableSecret as error:
        refuse(str(error))
    except SettingsError as error:
        refuse(str(error))


def refuse(reason: str) -> NoReturn:
    """End a process that cannot start: one line on stderr, exit code 2."""
    sys.stderr.write(f"cannot start: {' '.join(reason.split())}\n")
    raise SystemExit(_UNUSABLE)


def _read(concern: type[Concern]) -> Concern:
    try:
        return concern()
    except ValidationError as error:
        prefix = concern.model_config["env_prefix"]
        problems = (
            f"{prefix}{str(each['loc'][0]).upper()}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError("; ".join(problems)) from error


def _refuse_slips() -> None:
    known = [
        f"{concern.model_config['env_prefix']}{name.upper()}"
        for concern in _CONCERNS
        for name in concern.model_fields
    ]
    if (slip := first_slip(os.environ, known)) is not None:
        raise SettingsError(f"{slip.name} is no setting; was {slip.meant} meant?")
