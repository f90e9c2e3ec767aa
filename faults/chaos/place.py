"""Where a seed is run and what its processes are told: fresh ports, fresh keys, short windows."""

import base64
import hashlib
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from demo.environment import for_stories
from demo.ports import HOST, Ports
from ferryman.secrecy.ring import KEY_BYTES

# Below the range from which the system takes ports for outgoing connections: a port that is free
# while its process is dead must not be given to somebody else meanwhile.
_QUIET_PORTS = range(18_000, 32_000)

CONDITIONS: Final = {
    "FERRYMAN_PAYMENT_WINDOWS": "konbini=PT6S,wireTransfer=PT25S,redirect=PT20S,default=PT25S",
    "FERRYMAN_PAYMENT_GRACE": "PT1S",
    "FERRYMAN_REVIEW_WINDOW": "PT10M",
    "FERRYMAN_POLL_INTERVAL": "PT6S",
    # What is carried out late comes 6 s after its call at the latest.
    "FERRYMAN_SETTLE_TIME": "PT7S",
    "DIGITAL_RIVER_TIMEOUT": "1.5",
    "DIGITAL_RIVER_RATE_LIMIT": "80",
    "FERRYMAN_LOG_LEVEL": "debug",
    "FERRYMAN_LOG_FORMAT": "json",
    "FERRYMAN_SANDBOX_RATE_LIMIT": "100",
    "FERRYMAN_SANDBOX_WEBHOOK_RETRIES": "short",
}
"""Days and hours of production, told in seconds; both rates have the same distance as there."""

CALLS_A_SECOND = int(CONDITIONS["FERRYMAN_SANDBOX_RATE_LIMIT"])


_LEAST_WINDOW = 45.0
# Long enough for a basket to outlive what kills its submission, and over before the rest is.
_WINDOW = 0.7


@dataclass(frozen=True)
class Keys:
    """Secrets of this run alone, so that a leak of one can be found."""

    provider: str
    webhook: str
    merchant: str
    encryption: str
    """In base64."""

    @property
    def ring(self) -> str:
        """The key ring of all processes."""
        return f"k1:{self.encryption}"


@dataclass(frozen=True)
class Place:
    """Ports and folders."""

    ports: Ports
    worker_ports: tuple[int, int]
    data: Path
    logs: Path

    @property
    def api(self) -> str:
        """The API's address."""
        return f"http://{HOST}:{self.ports.api}"

    @property
    def sandbox(self) -> str:
        """The sandbox's address."""
        return f"http://{HOST}:{self.ports.sandbox}"

    @property
    def temporal(self) -> str:
        """Temporal's address."""
        return f"{HOST}:{self.ports.temporal}"

    @property
    def database(self) -> str:
        """The address of Ferryman's database, where the data keys are too."""
        return f"sqlite+aiosqlite:///{self.data / 'ferryman.db'}"


def keys() -> Keys:
    """Make keys."""
    return Keys(
        provider=f"sk_test_{secrets.token_hex(20)}",
        webhook=f"whsec_{secrets.token_hex(20)}",
        merchant=f"merchant_{secrets.token_hex(20)}",
        encryption=base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
    )


def place(folder: Path) -> Place:
    """Find ports, and make the folders in `folder`."""
    data, logs = folder / "data", folder / "logs"
    for each in (data, logs):
        each.mkdir(parents=True, exist_ok=True)
    api, sandbox, temporal, ui, first, second = _ports(6)
    return Place(Ports(api, sandbox, temporal, ui, first), (first, second), data, logs)


def environment(where: Place, known: Keys, seed: int, seconds: float) -> dict[str, str]:
    """Give what all processes are told; a basket lives as long as the storm."""
    digest = hashlib.sha256(known.merchant.encode()).hexdigest()
    return {
        **for_stories(where.ports, where.data),
        **CONDITIONS,
        **decrypting(where, known),
        "FERRYMAN_CHECKOUT_WINDOW": f"PT{max(seconds * _WINDOW, _LEAST_WINDOW):.0f}S",
        "DIGITAL_RIVER_API_KEY": known.provider,
        "DIGITAL_RIVER_WEBHOOK_SECRETS": known.webhook,
        "FERRYMAN_API_KEYS": f"chaos:operator:{digest}",
        "FERRYMAN_SANDBOX_API_KEY": known.provider,
        "FERRYMAN_SANDBOX_WEBHOOK_SECRETS": known.webhook,
        "FERRYMAN_SANDBOX_SEED": str(seed),
    }


def decrypting(where: Place, known: Keys) -> dict[str, str]:
    """Give what a process is told to be able to read histories."""
    return {
        "FERRYMAN_ENCRYPTION_KEYS": known.ring,
        "FERRYMAN_DATABASE_URL": where.database,
    }


def _ports(count: int) -> list[int]:
    candidates = Random().sample(_QUIET_PORTS, len(_QUIET_PORTS))  # noqa: S311 - guards nothing
    free = filter(_is_free, candidates)
    return [next(free) for _ in range(count)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
