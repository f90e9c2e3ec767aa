"""A stateful Digital River over HTTP, to prove an integration on without an account."""

from .keeper import StateError
from .server import create_sandbox
from .settings import DEFAULT_WEBHOOK_SECRET, SandboxSettings

__all__ = ["DEFAULT_WEBHOOK_SECRET", "SandboxSettings", "StateError", "create_sandbox"]
