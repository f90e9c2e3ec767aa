"""What the windows into the system are told: the codec server's, and the shop's."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from .loopback import is_loopback
from .setting_types import Auditors, BaseUrl, Origins


def _switch(value: Any) -> Any:
    return (value.lower() or None) if isinstance(value, str) else value


Switch = Annotated[Literal["on", "off"] | None, BeforeValidator(_switch)]
"""None: nobody has said."""


class CodecSettings(BaseSettings):
    """Where the codec server listens, who may read there, and from which Web UI."""

    model_config = SettingsConfigDict(env_prefix="FERRYMAN_CODEC_", extra="ignore", frozen=True)

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8234
    tokens: Auditors = ()
    origins: Origins = ("http://127.0.0.1:8233", "http://localhost:8233")


class ShopSettings(BaseSettings):
    """Whether the API serves the shop's pages, and where those find Temporal's Web UI."""

    model_config = SettingsConfigDict(env_prefix="FERRYMAN_", extra="ignore", frozen=True)

    shop: Switch = None
    shop_temporal_ui: BaseUrl = "http://127.0.0.1:8233"

    def refusal(self, host: str, provider: str) -> str | None:
        """Say what keeps this process from a shop that is asked for: its host, or its provider."""
        if self.shop != "on":
            return None
        if not is_loopback(host):
            return "FERRYMAN_SHOP: it asks for no key, so it serves loopback only"
        if not provider.startswith("http:"):
            return (
                "FERRYMAN_SHOP: it is paid and played with at the sandbox, and"
                " DIGITAL_RIVER_BASE_URL is https: leave the shop off"
            )
        return None

    def serves(self, *, in_development: bool) -> bool:
        """Tell whether there is a shop; unless it is said, where nobody but developers looks."""
        return in_development if self.shop is None else self.shop == "on"
