"""The codec server: shows the Web UI and the `temporal` program what payloads say, to few."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from temporalio.api.common.v1 import Payload, Payloads

from ferryman.records import RecordsUnavailable

from .auditors import Auditor
from .codec import Codec, is_encrypted, place_of
from .data_keys import DataKeys
from .ring import Tampered, UnknownKey
from .signing_in import SigningIn

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LARGEST = 16 * 1024 * 1024
NAMESPACE = "X-Namespace"
_SENT = "authorization, content-type, x-namespace"

log = structlog.get_logger()


@dataclass
class Refusal(Exception):
    """Ends a request with this status and sentence."""

    status: HTTPStatus
    detail: str


class CodecServer:
    """`POST /decode` for those with a token; there is no way to have anything encrypted.

    A browser has its token in a cookie, which it gets on the server's own page.
    """

    def __init__(self, keys: DataKeys, auditors: Sequence[Auditor], origins: Sequence[str]) -> None:
        self._codec = Codec(keys)
        self._signing_in = SigningIn(auditors)
        self._origins = frozenset(origins)

    def app(self) -> web.Application:
        """The application."""
        app = web.Application(client_max_size=LARGEST, middlewares=[_problems])
        app.on_response_prepare.append(self._dress)
        app.router.add_post("/decode", self._decode)
        app.router.add_options("/decode", self._preflight)
        app.router.add_get("/healthz", _alive)
        self._signing_in.add_to(app)
        return app

    async def _preflight(self, request: web.Request) -> web.Response:
        self._check_origin(request)
        return web.Response(
            status=HTTPStatus.NO_CONTENT,
            headers={
                hdrs.ACCESS_CONTROL_ALLOW_METHODS: "POST",
                hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _SENT,
                hdrs.ACCESS_CONTROL_MAX_AGE: "600",
            },
        )

    async def _decode(self, request: web.Request) -> web.Response:
        self._check_origin(request)
        auditor = self._signing_in.auditor(request)
        if auditor is None:
            log.warning("decode_refused", origin=request.headers.get(hdrs.ORIGIN))
            raise Refusal(
                HTTPStatus.UNAUTHORIZED, "Sign in on this server's page, or send a token."
            )
        payloads = await _payloads(request)
        _check_namespace(request, payloads)
        try:
            decoded = await self._codec.decode(payloads)
        except (UnknownKey, Tampered) as error:
            log.warning("decode_failed", auditor=auditor.name, cause=str(error))
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        except RecordsUnavailable as error:
            raise Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE, "The database of the data keys is away."
            ) from error
        _audit(auditor, payloads)
        return web.json_response(MessageToDict(Payloads(payloads=decoded)))

    def _check_origin(self, request: web.Request) -> None:
        # A program such as `temporal` sends none; a browser always does.
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin not in self._origins:
            raise Refusal(HTTPStatus.FORBIDDEN, "This origin may not read payloads.")

    async def _dress(self, request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin in self._origins:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        response.headers.popall(hdrs.SERVER, None)


async def _alive(_: web.Request) -> web.Response:
    return web.Response()


async def _payloads(request: web.Request) -> list[Payload]:
    if request.content_type != "application/json":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body has to be JSON.")
    try:
        document = json.loads(await request.read())
        parsed = ParseDict(document if isinstance(document, dict) else {"": document}, Payloads())
    except (ValueError, ParseError, RecursionError, AttributeError) as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, 'The body has to be {"payloads": […]}.') from error
    return list(parsed.payloads)


def _check_namespace(request: web.Request, payloads: Sequence[Payload]) -> None:
    namespace = request.headers.get(NAMESPACE)
    try:
        claimed = {place_of(each).namespace for each in payloads if is_encrypted(each)}
    except Tampered as error:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    if namespace is not None and claimed - {namespace}:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "A payload is of another namespace.")


def _audit(auditor: Auditor, payloads: Sequence[Payload]) -> None:
    """One line for each decode: who, of which workflows, how many."""
    encrypted = [place_of(each).workflow_id for each in payloads if is_encrypted(each)]
    log.info(
        "decoded",
        auditor=auditor.name,
        workflows=sorted(set(encrypted)),
        payloads=len(encrypted),
    )


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is answered as a problem document (RFC 9457)."""
    try:
        return await handler(request)
    except Refusal as refusal:
        status, detail = refusal.status, refusal.detail
    except web.HTTPException as error:
        status, detail = HTTPStatus(error.status), error.reason
    problem = {"title": status.phrase, "status": status.value, "detail": detail}
    return web.json_response(problem, status=status, content_type="application/problem+json")
