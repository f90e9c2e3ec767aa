"""A stateful Digital River over HTTP, to prove an integration on without an account."""

from .server import create_sandbox
from .settings import DEFAULT_WEBHOOK_SECRET, SandboxSettings

__all__ = ["DEFAULT_WEBHOOK_SECRET", "SandboxSettings", "create_sandbox"]
