"""A real Prometheus beside the running system, with the project's own rules."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp.test_utils import unused_port

from demo.child import Program
from tests.monitoring.files import RULES
from tests.monitoring.running import Running
from tests.running.processes import HOST, running

Ask = Callable[..., Awaitable[Any]]
EVALUATED_SECONDS = 30.0


@asynccontextmanager
async def asking(system: Running, folder: Path) -> AsyncIterator[Ask]:
    """Have it read the system until all rules were evaluated; give who asks it."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus (Debian's package of that name) is not installed")
    port = unused_port()
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(_told(system)))
    command = (
        *(program, f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"),
        f"--web.listen-address={HOST}:{port}",
    )

    async def ask(path: str, **query: str) -> Any:
        url = f"http://{HOST}:{port}/api/v1/{path}"
        async with system.http.get(url, params=query) as answer:
            told = await answer.json()
        assert told["status"] == "success", told
        return told["data"]

    prometheus = Program("prometheus", command, f"http://{HOST}:{port}/-/ready")
    async with running(folder, {prometheus: os.environ}):
        async with asyncio.timeout(EVALUATED_SECONDS):
            while not await _ready(ask):
                await asyncio.sleep(0.2)
        yield ask


def _told(system: Running) -> dict[str, Any]:
    ports = {"ferryman-api": system.ports.api, "ferryman-worker": system.ports.worker}
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(path) for path in RULES],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"{HOST}:{port}"]}]}
            for job, port in ports.items()
        ],
    }


async def _ready(ask: Ask) -> bool:
    with suppress(aiohttp.ClientError):
        groups = (await ask("rules"))["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        read = await ask("query", query="min(count_over_time(up[1m])) >= 5")
        return bool(read["result"]) and all(rule["health"] != "unknown" for rule in rules)
    return False
