"""The edge of `docker-compose.yml`, HAProxy, before APIs of a test."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from aiohttp.test_utils import unused_port

from tests.production.composed import ROOT
from tests.production.running import HOST
from tests.running.answers import until

MISSING = shutil.which("haproxy") is None
WHY = "HAProxy is not installed here"
_FOUND = "  server-template api 10 api:8080\n"


def _configured(folder: Path, ports: Sequence[int], door: int) -> Path:
    """The edge as it is composed, but with these APIs instead of those that Docker finds."""
    text = (ROOT / "deploy/haproxy.cfg").read_text()
    assert _FOUND in text, "the edge finds its APIs otherwise: adapt this"
    known = "".join(f"  server api{port} {HOST}:{port}\n" for port in ports)
    text = text.replace(_FOUND, known).replace("bind :8080", f"bind {HOST}:{door}")
    file = folder / "haproxy.cfg"
    file.write_text(text.replace("127.0.0.1:8081", f"{HOST}:{unused_port()}"))
    return file


@asynccontextmanager
async def edge(folder: Path, ports: Sequence[int]) -> AsyncIterator[str]:
    """HAProxy before these APIs; where it is. It logs to `edge.log` in the folder."""
    door = unused_port()
    with (folder / "edge.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(shutil.which("haproxy"), "-W", "-db", "-f", _configured(folder, ports, door)),
            stdout=log,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield f"http://{HOST}:{door}"
        finally:
            process.terminate()
            await process.wait()


async def serving(door: str, status: int = HTTPStatus.UNAUTHORIZED) -> None:
    """Wait until the edge gives this status to whoever has no key: it has found an API."""
    await until(f"{door}/purchases", status)
