"""What can be set about the sandbox: by environment at start, variants also while it runs."""

from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_WEBHOOK_SECRET = "whsec_ferryman_sandbox_only_0123456789"  # noqa: S105 - opens nothing real


Retries = Literal["test", "test_three", "production", "short"]


class Variants(BaseModel):
    """Behaviours on which the documents contradict each other or are silent; each can be chosen."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    unpaid: Literal[
        "cancelled",
        "charge_failed",
        "charge_failed_then_cancelled",
        "cancelled_then_charge_failed",
        "silent",
    ] = "cancelled"
    charge_failed_state: Literal["cancelled", "pending_payment"] = "cancelled"
    pending_cancel: Literal["allow", "refuse"] = "allow"
    redirect_cancel: Literal["failed", "pending", "cancelled"] = "failed"
    us_ship_from: Literal["strict", "lenient"] = "strict"
    fraud_state_on_pending: bool = False
    dispute_resolved: Literal["former", "accepted"] = "former"
    authorization: Literal["tolerant", "averse"] = "tolerant"
    charge_failed_object: Literal["order", "charge"] = "order"
    refund_failed_object: Literal["charge", "order"] = "charge"
    fraud_code: Literal["order-fraud-failure", "fraud_block"] = "order-fraud-failure"
    version_field: Literal["digitalriverVersion", "digitalRiverVersion"] = "digitalriverVersion"
    early_events: bool = False
    late_index: timedelta = timedelta()
    settle_delay: timedelta = timedelta(seconds=0.3)
    capture_delay: timedelta = timedelta(seconds=0.3)
    capture_retry: timedelta | None = None
    review_delay: timedelta | None = None
    source_fail_delay: timedelta = timedelta(seconds=30)
    payment_window: timedelta = timedelta(days=30)
    payment_window_konbini: timedelta = timedelta(days=7)
    refund_information_window: timedelta = timedelta(days=30)

    @property
    def chosen(self) -> dict[str, Any]:
        """Those that were given and are not just the defaults."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class SandboxSettings(BaseSettings, Variants):
    """The sandbox's environment: every name below with `FERRYMAN_SANDBOX_` before it."""

    model_config = SettingsConfigDict(
        env_prefix="FERRYMAN_SANDBOX_", env_file=".env", extra="ignore", frozen=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=0, le=65535)
    api_key: str = "sk_test_sandbox"
    rate_limit: int = Field(default=25, ge=0)
    webhook_url: str = "http://127.0.0.1:8080/webhooks/digital-river"
    webhook_secrets: str = DEFAULT_WEBHOOK_SECRET
    webhook_retries: Retries = "test"
    webhook_timeout: float = Field(default=3.0, gt=0)
    webhook_clock: Literal["wall", "sandbox"] = "wall"
    """Whose time is signed: the receiver's clock is rarely advanced along with the sandbox's."""
    seed: int = 0
    state: str = ""
    """The file that keeps everything across restarts; without one it is in memory only."""

    @property
    def base_url(self) -> str:
        """Where a browser finds the sandbox."""
        return f"http://{self.host}:{self.port}"

    @property
    def secrets(self) -> list[str]:
        """The active signing secrets, the newest first."""
        return [secret.strip() for secret in self.webhook_secrets.split(",") if secret.strip()]

    @property
    def variants(self) -> Variants:
        """The variants as the environment chose them."""
        return Variants(**{name: getattr(self, name) for name in Variants.model_fields})
