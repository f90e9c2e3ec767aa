"""APIs, workers and a sandbox as real processes side by side."""

import hashlib
import sys

from demo.child import Program
from tests.running import command, processes
from tests.running.processes import HOST

KEY = "the key of a shop"
LONGEST_STOP = 10
HEADERS = {"Authorization": f"Bearer {KEY}"}


def running(parts, environment, folder, python=sys.executable):
    """These processes of ours, each with what it alone is told; all are ready."""
    return processes.running(
        folder,
        {
            Program(
                name, (python, "-m", *module.split()), f"http://{HOST}:{port}/{ready}"
            ): environment | own
            for name, (module, port, ready, own) in parts.items()
        },
    )


def api(port):
    """An API at this port."""
    return "api", port, "readyz", {"FERRYMAN_API_PORT": str(port)}


def worker(port):
    """A worker that tells of itself at this port."""
    return "workers", port, "readyz", {"FERRYMAN_WORKER_PORT": str(port)}


def told(temporal, database, sandbox, webhooks):
    """What all of them are told."""
    return {
        **command.told(),
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "FERRYMAN_TASK_QUEUE": f"production-{sandbox}",
        "FERRYMAN_DATABASE_URL": database,
        "FERRYMAN_API_KEYS": f"shop:operator:{hashlib.sha256(KEY.encode()).hexdigest()}",
        "FERRYMAN_SETTLE_TIME": "PT1S",
        "DIGITAL_RIVER_BASE_URL": f"http://{HOST}:{sandbox}",
        "DIGITAL_RIVER_RATE_LIMIT": "200",
        "FERRYMAN_SANDBOX_PORT": str(sandbox),
        "FERRYMAN_SANDBOX_RATE_LIMIT": "0",
        "FERRYMAN_SANDBOX_WEBHOOK_URL": f"http://{HOST}:{webhooks}/webhooks/digital-river",
    }


def sandbox(port):
    """A Digital River at this port."""
    return "ferryman.sandbox", port, "_sandbox/health", {}
