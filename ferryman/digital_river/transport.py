"""One call to Digital River: in turn, signed in, bounded in time and size, read exactly, logged."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as installed
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import aiohttp
import structlog
from pydantic import SecretStr
from structlog.typing import FilteringBoundLogger
from yarl import URL

from . import exact_json
from .errors import DigitalRiverError, ErrorDetail, InvalidRequest
from .redaction import redact, redact_url
from .refusals import Answer, asked_wait, is_outage, lost, refusal, unreadable

_LARGEST_ANSWER = 2 * 1024 * 1024
_LONGEST_ID = 255
_upstream_id: ContextVar[str] = ContextVar("upstream_id")


class Turn(Protocol):
    """The leave to make one call, whose end is told to all callers."""

    async def answered(self) -> None:
        """Digital River is there."""

    async def failed(self) -> timedelta | None:
        """Digital River did not answer or is broken; gives the wait where that is no chance."""


class Pace(Protocol):
    """Keeps all callers together within Digital River's rate, and still while it is away."""

    async def take(self) -> Turn:
        """Wait a little for this call's turn; NotNow where there is none to be had."""

    async def hold(self, duration: timedelta) -> None:
        """Let nobody call for so long: Digital River asked for it."""


@dataclass
class Seen:
    """One call as a witness sees it."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """What the witness wants to have sent along."""
    status: int | None = None
    """None as long as no answer has come."""


class Witness(Protocol):
    """Sees each call that is made; a refusal or loss passes through its block as it is raised."""

    def watch(self, method: str, endpoint: str) -> AbstractContextManager[Seen]:
        """Watch one call to an endpoint, whose name holds no id."""


@contextmanager
def calling_for(upstream_id: str) -> Iterator[None]:
    """Name the purchase that the calls inside serve, in their `upstream-id` header."""
    token = _upstream_id.set(upstream_id)
    try:
        yield
    finally:
        _upstream_id.reset(token)


@dataclass(frozen=True)
class _Request:
    method: str
    url: str
    body: Any


class Transport:
    """Carries requests; every method of the client ends here, in one HTTP call at most."""

    def __init__(  # noqa: PLR0913 - given by name, each for a reason of its own
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: SecretStr,
        version: str,
        timeout_seconds: float,
        pace: Pace | None,
        log: FilteringBoundLogger | None,
        witness: Witness | None = None,
    ) -> None:
        self._session = session
        self._witness = witness
        self._base_url = _checked(base_url)
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._pace = pace
        self.log: FilteringBoundLogger = log or structlog.get_logger()
        self._headers = {
            "Authorization": f"Bearer {api_key.get_secret_value()}",
            "DigitalRiver-Version": version,
            "Accept": "application/json",
            "upstream-application-id": f"Ferryman/{installed('ferryman')}",
        }

    async def call(
        self,
        method: str,
        path: Sequence[str],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Make one call; give the answer's document, None where it is empty.

        Raises a leaf of the errors' tree; InvalidRequest without calling for an impossible id.
        """
        url = self._base_url + _joined(path) + (f"?{urlencode(query)}" if query else "")
        request = _Request(method, url, body)
        turn = await self._pace.take() if self._pace else None
        started = datetime.now(UTC)
        answer: Answer | None = None
        try:
            with self._watch(method, path) as seen:
                answer = await self._send(request, seen.headers)
                seen.status = answer.status
                document = _document(method, answer)
        except DigitalRiverError as error:
            self._log_failure(request, started, answer, error)
            if self._pace and (wait := asked_wait(error)) is not None:
                await self._pace.hold(wait)
            if turn:
                await _tell(turn, error)
            raise
        self._log_success(request, started, answer)
        if turn:
            await turn.answered()
        return document

    def _watch(self, method: str, path: Sequence[str]) -> AbstractContextManager[Seen]:
        if self._witness is None:
            return nullcontext(Seen())
        return self._witness.watch(method, _endpoint(path))

    async def _send(self, request: _Request, besides: Mapping[str, str]) -> Answer:
        headers = {**besides, **self._headers}
        if upstream_id := _upstream_id.get(""):
            headers["upstream-id"] = quote(upstream_id, safe="")
        data = None
        if request.body is not None:
            headers["Content-Type"] = "application/json"
            data = exact_json.encode(request.body)
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=headers,
                data=data,
                allow_redirects=False,
                raise_for_status=False,
                timeout=self._timeout,
                middlewares=(_once,),
            ) as response:
                return Answer(response.status, response.headers, await _read(response))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise lost(request.method, error) from error

    def _log_failure(
        self, request: _Request, started: datetime, answer: Answer | None, error: DigitalRiverError
    ) -> None:
        self.log.warning(
            "digital_river_call_failed",
            **_facts(request, started),
            status=error.status,
            request=redact(request.body),
            response=_payload(answer) if answer else None,
            provider_request_id=error.request_id,
            error=type(error).__name__,
            cause=redact(error.cause),
        )

    def _log_success(self, request: _Request, started: datetime, answer: Answer) -> None:
        self.log.debug("digital_river_call", **_facts(request, started), status=answer.status)


async def _tell(turn: Turn, error: DigitalRiverError) -> None:
    if is_outage(error):
        wait = await turn.failed()
        error.retry_after = error.retry_after or wait
    else:
        await turn.answered()


def _checked(base_url: str) -> str:
    url = URL(base_url)
    if url.scheme not in {"http", "https"} or not url.host or url.user or url.query or url.fragment:
        raise ValueError("the base URL of Digital River is no plain http(s) address")
    if url.scheme == "http" and not _is_near(url.host):
        raise ValueError("the key would cross the network in the clear: use https")
    return base_url.rstrip("/")


def _is_near(host: str) -> bool:
    """True for loopback, and for names that no public resolver knows; settings are stricter."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return "." not in host


def _endpoint(path: Sequence[str]) -> str:
    # All paths but this one go from a noun to its id and on.
    if path[0] == "drop-in":
        return "/".join(("", *path))
    return "".join("/{id}" if place % 2 else f"/{part}" for place, part in enumerate(path))


def _joined(path: Sequence[str]) -> str:
    for segment in path:
        # Servers resolve dots even where they are escaped, so no escape keeps them in place.
        if not 0 < len(segment) <= _LONGEST_ID or segment in {".", ".."}:
            raise InvalidRequest(
                errors=(ErrorDetail("invalid_parameter", "id", "This is no identifier."),)
            )
    return "".join(f"/{quote(segment, safe='', errors='replace')}" for segment in path)


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> Any:
    try:
        return await send(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        # Aiohttp would call a second time, behind the back of the pace and of the log.
        raise lost(request.method, error) from error


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _LARGEST_ANSWER:
            return None
    return bytes(body)


def _document(method: str, answer: Answer) -> Any:
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - the bounds of success in HTTP
        raise refusal(method, answer)
    if answer.body is None:
        raise unreadable(method, answer, "the answer is too large")
    if not answer.body:
        return None
    try:
        return exact_json.decode(answer.body)
    except ValueError as error:
        raise unreadable(method, answer, f"the answer is not JSON: {error}") from error


def _facts(request: _Request, started: datetime) -> dict[str, Any]:
    took = datetime.now(UTC) - started
    return {
        "time": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": request.method,
        "url": redact_url(request.url),
        "upstream_id": _upstream_id.get(None),
        "duration_ms": round(took / timedelta(milliseconds=1)),
    }


def _payload(answer: Answer) -> Any:
    if answer.body is None:
        return "over 2 MiB"
    try:
        return redact(exact_json.decode(answer.body)) if answer.body else None
    except ValueError:
        return f"{len(answer.body)} bytes that are not JSON"
