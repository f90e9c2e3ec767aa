"""The shop's pages, where this process serves them: without a key, but with one behind them."""

import hashlib
import secrets
from urllib.parse import quote

from aiohttp import web

from ferryman.setting_types import ApiKey, Scope
from ferryman.settings import Settings
from shop.app import Shop
from shop.window import WINDOW

from .routes import Open, Route

# No key that is configured can be called so.
_NAME = "the shop"


class Shopfront:
    """The shop, and the key that it calls the API with: made now, known to this process alone."""

    def __init__(self, settings: Settings, namespace: str) -> None:
        token = secrets.token_urlsafe(32)
        # Of scope operator, for the codes in the timeline are shown to no other.
        self.key = ApiKey(_NAME, Scope.OPERATOR, hashlib.sha256(token.encode()).digest())
        temporal = f"{settings.shop.shop_temporal_ui}/namespaces/{quote(namespace, safe='')}"
        self.shop = Shop(token, settings.digital_river.base_url, temporal)

    @classmethod
    def of(cls, settings: Settings, namespace: str) -> "Shopfront | None":
        """Open it where the settings say so; `namespace` is that of Temporal's client."""
        return cls(settings, namespace) if settings.serves_shop else None

    def routes(self) -> tuple[Route, ...]:
        """Declare the pages as routes; no document tells of them, for they are no API."""
        return tuple(
            Route(
                method=each.method,
                path=each.path,
                handler=each.handler,
                access=Open.PUBLIC,
                summary="A page of the shop's",
                endless=each.endless,
            )
            for each in self.shop.pages()
        )

    def settle_in(self, app: web.Application) -> None:
        """Give the pages what they need."""
        app[WINDOW] = self.shop.window
        app.cleanup_ctx.append(self.shop.running)
