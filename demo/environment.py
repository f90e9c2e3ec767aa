"""What the four processes are told: ports, where state lives, the windows of the stories."""

import os
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from .ports import HOST, Ports

_OURS = ("FERRYMAN_", "DIGITAL_RIVER_", "TEMPORAL_")

STORY_WINDOWS = {
    "FERRYMAN_CHECKOUT_WINDOW": "PT10M",
    "FERRYMAN_PAYMENT_WINDOWS": "konbini=PT8S,wireTransfer=PT25S,redirect=PT15S,default=PT20S",
    "FERRYMAN_PAYMENT_GRACE": "PT2S",
    "FERRYMAN_REVIEW_WINDOW": "PT1M",
    "FERRYMAN_POLL_INTERVAL": "PT2S",
    "FERRYMAN_SETTLE_TIME": "PT2S",
    # A call that was under way when the worker was killed is tried again after this.
    "DIGITAL_RIVER_TIMEOUT": "4",
}
"""Days and hours of production, told in seconds."""


class Given(BaseSettings):
    """What a person may have said about the wire between Ferryman and the sandbox."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    digital_river_base_url: str | None = None
    digital_river_api_key: str | None = None
    digital_river_webhook_secrets: str | None = None
    ferryman_sandbox_api_key: str | None = None
    ferryman_sandbox_state: str | None = None
    ferryman_sandbox_webhook_secrets: str | None = None
    ferryman_sandbox_webhook_url: str | None = None


def for_up(ports: Ports, data: Path) -> dict[str, str]:
    """Surround `make up` with what the shell says, and fill in the wire where that is open."""
    given = Given()
    said = {name.upper(): value for name, value in given.model_dump(exclude_none=True).items()}
    # The sandbox accepts the key and signs with the secrets that Ferryman was given.
    shared = {
        "FERRYMAN_SANDBOX_API_KEY": given.digital_river_api_key,
        "FERRYMAN_SANDBOX_WEBHOOK_SECRETS": given.digital_river_webhook_secrets,
    }
    mirrored = {name: value for name, value in shared.items() if value is not None}
    kept = {"FERRYMAN_SANDBOX_STATE": str(data / "sandbox.json")}
    return {**os.environ, **_wire(ports), **kept, **mirrored, **said, **_addresses(ports)}


def for_stories(ports: Ports, data: Path) -> dict[str, str]:
    """Surround the stories with nothing of the shell's that would change how they end."""
    shell = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    database = {"FERRYMAN_DATABASE_URL": f"sqlite+aiosqlite:///{data / 'ferryman.db'}"}
    return {**shell, **_wire(ports), **_addresses(ports), **database, **STORY_WINDOWS}


def _wire(ports: Ports) -> dict[str, str]:
    return {
        "DIGITAL_RIVER_BASE_URL": f"http://{HOST}:{ports.sandbox}",
        "FERRYMAN_SANDBOX_WEBHOOK_URL": f"http://{HOST}:{ports.api}/webhooks/digital-river",
    }


def _addresses(ports: Ports) -> dict[str, str]:
    return {
        "FERRYMAN_API_PORT": str(ports.api),
        "FERRYMAN_SANDBOX_PORT": str(ports.sandbox),
        "FERRYMAN_WORKER_PORT": str(ports.worker),
        "TEMPORAL_ADDRESS": f"{HOST}:{ports.temporal}",
        "FERRYMAN_SHOP_TEMPORAL_UI": f"http://{HOST}:{ports.ui}",
    }
