"""Where Digital River's calls come in: key, pace, faults, schema, handler, schema again, ledger."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from aiohttp import web
from multidict import MultiMapping

from .admission import RateLimit, check_admission
from .calls import Answer, Call
from .delivery import Delivery
from .errors import Refusal, refuse, unknown
from .faults import Fault, strike, upstream_of
from .requests import read_body
from .routes import find_route
from .schema import problems
from .wire import Json, dumps, fraction, loads, new_id
from .world import World, log


class _Asked(NamedTuple):
    """What a call asks for."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes


@dataclass
class _Visit:
    """One call on its way through."""

    request: web.Request
    asked: _Asked
    request_id: str = field(default_factory=new_id)
    started: float = field(default_factory=time.monotonic)
    upstream_id: str | None = None
    fault: Fault | None = None
    entry: Json = field(default_factory=dict)
    """Its line in the ledger."""
    cut: bool = False
    """Whether the connection was cut instead of answering."""


class Gateway:
    """Answers Digital River's API."""

    def __init__(self, world: World, delivery: Delivery, faults: list[Fault]) -> None:
        self._world = world
        self._delivery = delivery
        self._faults = faults
        self._limit = RateLimit(world.settings.rate_limit)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, or let the fault plan spoil it."""
        # The path stays as it was sent.
        path, query = request.rel_url.raw_path, _flat(request.query)
        visit = _Visit(request, _Asked(request.method, path, query, await request.read()))
        body = _document(visit.asked.body)
        header = request.headers.get("upstream-id")
        visit.upstream_id = upstream_of(self._world, path, query, body, header)
        if (request.method, path) == ("POST", "/fulfillments"):
            visit.entry.update(self._shipping(body))
        response: web.StreamResponse | None = None
        try:
            response = await self._admit(visit)
        finally:
            self._book(visit, response)
        return response

    async def _admit(self, visit: _Visit) -> web.StreamResponse:
        try:
            check_admission(visit.request.headers, self._world.settings.api_key)
        except Refusal as refusal:
            return self._respond(visit, Answer(refusal.status, refusal.body))
        wait = self._limit.wait()
        if wait is not None:
            body = refuse(429, None, "Too many requests.").body
            response = self._respond(visit, Answer(429, body))
            response.headers["Retry-After"] = str(wait)
            visit.entry["retryAfter"] = wait
            return response
        visit.fault = strike(
            self._world, self._faults, visit.asked.method, visit.asked.path, visit.upstream_id
        )
        if visit.fault is None:
            return await self._answer(visit)
        return await self._spoil(visit, visit.fault)

    async def _answer(self, visit: _Visit) -> web.Response:
        answer = self._carry_out(visit.asked)
        visit.entry["code"] = _code(answer)
        await self._delivery.dispatch()
        return self._respond(visit, answer)

    def _carry_out(self, asked: _Asked) -> Answer:
        try:
            return self._checked(asked, *self._handled(asked))
        except Refusal as refusal:
            return self._checked(asked, Answer(refusal.status, refusal.body), "Errors")
        except Exception as error:  # noqa: BLE001 - the server's edge: told loudly and answered
            log.exception("handler failed", path=asked.path)
            self._world.violate(f"{asked.method} {asked.path}", repr(error), None)
            return Answer(500, refuse(500, "internal_error", "The sandbox failed.").body)

    def _handled(self, asked: _Asked) -> tuple[Answer, str | None]:
        route, ids = find_route(asked.method, asked.path)
        body = read_body(route.takes, asked.body) if route.takes else {}
        listed = bool(route.gives and route.gives.endswith("[]"))
        for name in asked.query if not listed else []:
            if name not in route.filters:
                raise unknown(name)
        return route.handler(self._world, Call(ids, asked.query, body)), route.gives

    def _checked(self, asked: _Asked, answer: Answer, schema: str | None) -> Answer:
        """Hold an answer against the published schema: a breach is a loud 500."""
        if schema is None or (schema == "Errors" and "type" not in answer.body):
            return answer
        document = loads(dumps(answer.body))
        bare = schema.endswith("*")
        parts = document if bare else [document]
        found = [one for part in parts for one in problems(schema.removesuffix("*"), part)]
        if not found:
            return answer
        where = f"{asked.method} {asked.path}"
        for problem in found:
            self._world.violate(where, problem, document)
        return Answer(500, refuse(500, "internal_error", f"Sandbox schema: {found[0]}").body)

    async def _spoil(self, visit: _Visit, fault: Fault) -> web.StreamResponse:
        """Spoil a call before it is carried out, or let it be carried out later or not at all."""
        match fault.kind:
            case "latency":
                await asyncio.sleep(fault.pause.total_seconds())
                return await self._answer(visit)
            case "status":
                return self._fault_response(visit, fault)
            case "reset_before":
                return self._reset(visit)
            case "late_commit":
                self._commit_later(visit, fault)
                return self._fault_response(visit, fault) if fault.status else self._reset(visit)
        return await self._spoil_after(visit, fault)

    async def _spoil_after(self, visit: _Visit, fault: Fault) -> web.StreamResponse:
        """Carry a call out and spoil its answer."""
        real = self._carry_out(visit.asked)
        visit.entry["code"] = _code(real)
        await self._delivery.dispatch()
        match fault.kind:
            case "reset_after":
                return self._reset(visit)
            case "timeout_after":
                await asyncio.sleep(fault.pause.total_seconds())
                return self._respond(visit, real)
            case "wrong_body":
                return self._wrong_body(visit, fault, real)
        return self._fault_response(visit, fault)

    def _commit_later(self, visit: _Visit, fault: Fault) -> None:
        method, path, query, body = visit.asked
        call = (visit.request_id, method, path, query, body.decode("latin-1"))
        self._world.clock.after(fault.pause, "carry_out", *call)

    def carry_out_late(
        self, request_id: str, method: str, path: str, query: dict[str, str], body: str
    ) -> None:
        """Carry out a call that was answered long ago; a body is carried as Latin-1."""
        answer = self._carry_out(_Asked(method, path, query, body.encode("latin-1")))
        for entry in reversed(self._world.requests):
            if entry["requestId"] == request_id:
                entry.update(lateStatus=answer.status, lateCode=_code(answer))

    def _fault_response(self, visit: _Visit, fault: Fault) -> web.Response:
        status = fault.answer_status
        body = fault.body or refuse(status, None, "The request could not be processed.").body
        response = self._respond(visit, Answer(status, body))
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
            visit.entry["retryAfter"] = fault.retry_after
        return response

    def _wrong_body(self, visit: _Visit, fault: Fault, real: Answer) -> web.Response:
        if fault.body is not None:
            return self._respond(visit, Answer(fault.status or real.status, fault.body))
        return web.Response(
            status=fault.status or real.status,
            text="<html><body>Bad gateway</body></html>",
            content_type="text/html",
            headers={"x-dr-requestid": visit.request_id},
        )

    def _reset(self, visit: _Visit) -> web.StreamResponse:
        visit.cut = True
        transport = visit.request.transport
        if transport is not None:
            transport.abort()
        return web.Response(status=499)

    def _respond(self, visit: _Visit, answer: Answer) -> web.Response:
        headers = {"x-dr-requestid": visit.request_id}
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        if isinstance(answer.body, bytes):
            return web.Response(body=answer.body, content_type="application/pdf", headers=headers)
        return web.Response(
            status=answer.status,
            body=dumps(answer.body),
            content_type="application/json",
            headers=headers,
        )

    def _shipping(self, body: Json) -> Json:
        """What a fulfillment asks for and how its order stands then: no answer tells that later."""
        order = self._world.orders.get(str(body.get("orderId")))
        return {"items": body.get("items"), "orderState": order.state if order else None}

    def _book(self, visit: _Visit, response: web.StreamResponse | None) -> None:
        visit.entry.update(
            time=fraction(self._world.clock.now()),
            method=visit.asked.method,
            path=visit.asked.path,
            upstreamId=visit.upstream_id,
            status=response.status if response is not None and not visit.cut else None,
            requestId=visit.request_id,
            callersRequestId=visit.request.headers.get("X-Request-Id"),
            fault=visit.fault.kind if visit.fault else None,
            durationMs=round((time.monotonic() - visit.started) * 1000, 1),
        )
        self._world.requests.append(visit.entry)
        self._world.changed.set()


def _document(body: bytes) -> Json:
    """Read a body as far as it can be read."""
    try:
        document = loads(body) if body else {}
    except (ValueError, RecursionError):
        document = {}
    return document if isinstance(document, dict) else {}


def _code(answer: Answer) -> str | None:
    """Give why a call was refused."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    return errors[0].get("code") if errors else None


def _flat(query: MultiMapping[str]) -> dict[str, str]:
    """Read a query; a repeated parameter is a list, as one with commas is."""
    return {name: ",".join(query.getall(name)) for name in query}
