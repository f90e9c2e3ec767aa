"""A provider that answers as told over real HTTP, and a client of it whose log can be read."""

from datetime import timedelta
from types import SimpleNamespace

import aiohttp
import pytest
import structlog
from aiohttp import web
from pydantic import SecretStr
from structlog.testing import LogCapture

from ferryman.digital_river.client import DigitalRiver
from tests.running.river import served

KEY = "sk_test_canary"


class Provider:
    """Answers every request with what `answer` returns, and remembers the requests."""

    def __init__(self):
        self.requests = []
        self.answer = None

    def will(self, status=200, document=None, **changes):
        """Answer so from now on; `text`, `body` or `headers` instead of or besides a document."""
        content = {} if document is None else {"body": document, "content_type": "application/json"}

        async def answer(_):
            return web.Response(status=status, **content, **changes)

        self.answer = answer

    async def handle(self, request):
        """Take any request."""
        self.requests.append(
            SimpleNamespace(
                method=request.method,
                path=request.raw_path,
                headers=request.headers.copy(),
                body=await request.read(),
            )
        )
        return await self.answer(request)


class RecordingPace:
    """A pace without a limit that remembers what it was asked and told."""

    def __init__(self):
        self.turns = 0
        self.holds = []
        self.told = []
        self.wait = None

    async def take(self):
        """Let the call through."""
        self.turns += 1
        return self

    async def answered(self):
        """Remember that Digital River was there."""
        self.told.append("answered")

    async def failed(self):
        """Remember that it was not; give the wait that a closed gate would."""
        self.told.append("failed")
        return self.wait

    async def hold(self, duration: timedelta):
        """Remember the wait."""
        self.holds.append(duration)


@pytest.fixture
async def provider():
    """Serve a provider on a socket of this machine."""
    provider = Provider()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provider.handle)
    async with served(app) as provider.url:
        yield provider


@pytest.fixture
def log():
    """Capture what the client logs, down to debug."""
    return LogCapture()


@pytest.fixture
def pace():
    """Watch the client's turns."""
    return RecordingPace()


@pytest.fixture
async def connect(log, pace):
    """Open clients of any address."""
    async with aiohttp.ClientSession() as session:

        def connect(base_url, **changes):
            return DigitalRiver(
                session,
                base_url=base_url,
                api_key=SecretStr(KEY),
                pace=pace,
                log=structlog.wrap_logger(
                    None, [log], wrapper_class=structlog.make_filtering_bound_logger(0)
                ),
                **changes,
            )

        yield connect


@pytest.fixture
async def client(provider, connect):
    """Open a client of the provider."""
    return connect(provider.url, timeout_seconds=5)
