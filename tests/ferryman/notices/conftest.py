"""The real flow, whose records fill the outbox."""

from tests.workflows.conftest import database_url, sandbox_url, settle_time, shop

__all__ = ["database_url", "sandbox_url", "settle_time", "shop"]
