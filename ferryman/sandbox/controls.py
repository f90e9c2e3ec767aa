"""The controls under `/_sandbox/`: what only the sandbox can do, without a key."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from .browser import create_browser_source
from .calls import Answer
from .errors import Refusal, invalid, refuse
from .faults import Fault, describe_fault
from .keys import DELIVERY, FAULTS, WORLD
from .ledger import describe_ledger
from .ordercontrols import ACTIONS, find_target
from .orderview import describe_order
from .prebuilt import buy, find_session
from .repayment import fail_refund, give_information
from .rules import Rule, describe_rule
from .settings import Variants
from .wire import Json, dumps, duration, fraction, loads

Control = Callable[[web.Request], Awaitable[Answer]]
_Model = TypeVar("_Model", bound=BaseModel)
_ROOT = "/_sandbox"
_SOON = timedelta(minutes=1)


def add_controls(app: web.Application) -> None:
    """Add the controls to the application."""
    table: list[tuple[str, str, Control]] = [
        ("GET", "/health", _health),
        ("GET", "/ledger", _ledger),
        ("POST", "/reset", _reset),
        ("POST", "/sources", _create_source),
        ("POST", "/orders/{order}/{action}", _act_on_order),
        ("POST", "/refunds/{refund}/information", _give_information),
        ("POST", "/refunds/{refund}/fail", _fail_refund),
        ("POST", "/checkout-sessions/{session}/buy", _buy),
        ("GET", "/clock", _clock),
        ("POST", "/clock/advance", _advance),
        ("GET", "/variants", _variants),
        ("PUT", "/variants", _set_variants),
        ("POST", "/variants", _override_variants),
        ("POST", "/events/release", _release),
        ("POST", "/events/{event}/resend", _resend),
        ("GET", "/event-rules", _list_rules),
        ("POST", "/event-rules", _add_rule),
        ("DELETE", "/event-rules", _clear_rules),
        ("DELETE", "/event-rules/{id}", _clear_rules),
        ("GET", "/faults", _list_faults),
        ("POST", "/faults", _add_fault),
        ("DELETE", "/faults", _clear_faults),
        ("DELETE", "/faults/{id}", _clear_faults),
    ]
    for method, path, control in table:
        app.router.add_route(method, f"{_ROOT}{path}", _serve(control))
    app.router.add_route("*", _ROOT + "/{rest:.*}", _serve(_nothing))


def _serve(control: Control) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        try:
            answer = await control(request)
        except Refusal as refusal:
            answer = Answer(refusal.status, refusal.body)
        if request.method != "GET":
            await request.app[DELIVERY].dispatch()
        body = None if answer.body is None else dumps(answer.body)
        return web.Response(status=answer.status, body=body, content_type="application/json")

    return serve


async def _nothing(request: web.Request) -> Answer:
    raise refuse(404, "not_found", f"There is no control {request.method} {request.path}.")


async def _health(request: web.Request) -> Answer:
    world = request.app[WORLD]
    soon = world.clock.now() + _SOON
    under_way = len(request.app[DELIVERY].under_way) + sum(
        timer.due <= soon for timer in world.clock.timers
    )
    violations = len(world.violations)
    return Answer(200, {"status": "ok", "violations": violations, "underWay": under_way})


async def _ledger(request: web.Request) -> Answer:
    return Answer(200, describe_ledger(request.app[WORLD], request.query.get("upstreamId")))


async def _reset(request: web.Request) -> Answer:
    request.app[WORLD].reset()
    request.app[FAULTS].clear()
    request.app[DELIVERY].reset()
    return Answer(204)


async def _create_source(request: web.Request) -> Answer:
    return create_browser_source(request.app[WORLD], await _body(request))


async def _act_on_order(request: web.Request) -> Answer:
    world = request.app[WORLD]
    action = ACTIONS.get(request.match_info["action"])
    if action is None:
        return await _nothing(request)
    order = find_target(world, request.match_info["order"])
    action(world, order, await _body(request))
    return Answer(200, describe_order(order))


async def _give_information(request: web.Request) -> Answer:
    refund = _refund(request)
    give_information(request.app[WORLD], refund)
    return Answer(200, refund)


async def _fail_refund(request: web.Request) -> Answer:
    refund, body = _refund(request), await _body(request)
    fail_refund(request.app[WORLD], refund, str(body.get("failureReason", "Closed account")))
    return Answer(200, refund)


def _refund(request: web.Request) -> Json:
    refund = request.app[WORLD].refunds.get(request.match_info["refund"])
    if refund is None:
        raise refuse(404, "not_found", "There is no such refund.")
    return refund


async def _buy(request: web.Request) -> Answer:
    world, body = request.app[WORLD], await _body(request)
    session = find_session(world, request.match_info["session"])
    return Answer(200, describe_order(buy(world, session, body)))


async def _clock(request: web.Request) -> Answer:
    clock = request.app[WORLD].clock
    return Answer(
        200, {"now": fraction(clock.now()), "offsetSeconds": clock.offset.total_seconds()}
    )


async def _advance(request: web.Request) -> Answer:
    by = _duration(await _body(request), "by")
    await request.app[WORLD].clock.advance(by)
    await request.app[DELIVERY].dispatch()
    return await _clock(request)


async def _variants(request: web.Request) -> Answer:
    world = request.app[WORLD]
    return Answer(
        200,
        {**world.variants.model_dump(mode="json"), "overrides": sorted(world.overrides)},
    )


async def _set_variants(request: web.Request) -> Answer:
    world = request.app[WORLD]
    world.variants = world.variants.model_copy(update=_changes(await _body(request)))
    return await _variants(request)


async def _override_variants(request: web.Request) -> Answer:
    world, body = request.app[WORLD], await _body(request)
    upstream_id = body.pop("upstreamId", None)
    if not isinstance(upstream_id, str):
        raise invalid("upstreamId", "An upstreamId is needed.")
    world.overrides.setdefault(upstream_id, {}).update(_changes(body))
    shown = world.variant(upstream_id).model_dump(mode="json")
    return Answer(201, {"upstreamId": upstream_id, **shown})


async def _release(request: web.Request) -> Answer:
    world, body = request.app[WORLD], await _body(request)
    held = [
        record
        for record in world.events.values()
        if record.state == "held" and body.get("upstreamId") in (None, record.upstream_id)
    ]
    if body.get("order") == "reverse":
        held.reverse()
    elif body.get("order") == "shuffle":
        world.random.shuffle(held)
    for record in held:
        record.state = "pending"
        for _ in range(record.copies):
            await request.app[DELIVERY].send(record)
    return Answer(200, {"released": len(held)})


async def _resend(request: web.Request) -> Answer:
    record = request.app[WORLD].events.get(request.match_info["event"])
    if record is None:
        raise refuse(404, "not_found", "There is no such event.")
    await request.app[DELIVERY].send(record)
    return Answer(200, {"state": record.state, "deliveries": record.deliveries})


async def _list_rules(request: web.Request) -> Answer:
    return Answer(200, [describe_rule(rule) for rule in request.app[DELIVERY].rules])


async def _add_rule(request: web.Request) -> Answer:
    rule = _model(Rule, await _body(request))
    request.app[DELIVERY].rules.append(rule)
    return Answer(201, describe_rule(rule))


async def _clear_rules(request: web.Request) -> Answer:
    _remove(request, request.app[DELIVERY].rules)
    return Answer(204)


async def _list_faults(request: web.Request) -> Answer:
    return Answer(200, [describe_fault(fault) for fault in request.app[FAULTS]])


async def _add_fault(request: web.Request) -> Answer:
    fault = _model(Fault, await _body(request))
    request.app[FAULTS].append(fault)
    return Answer(201, describe_fault(fault))


async def _clear_faults(request: web.Request) -> Answer:
    _remove(request, request.app[FAULTS])
    return Answer(204)


def _remove(request: web.Request, entries: list[Any]) -> None:
    identity = request.match_info.get("id")
    entries[:] = [one for one in entries if identity is not None and one.id != identity]


def _model(kind: type[_Model], body: Json) -> _Model:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise _invalid(error) from error


def _changes(body: Json) -> dict[str, Any]:
    snake = {_snake(name): value for name, value in body.items()}
    return _model(Variants, snake).chosen


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _invalid(error: ValidationError) -> Refusal:
    first = error.errors()[0]
    return invalid(".".join(map(str, first["loc"])), first["msg"])


def _duration(body: Json, name: str) -> Any:
    try:
        return duration(body.get(name))
    except ValueError as error:
        raise invalid(name, str(error)) from error


async def _body(request: web.Request) -> Json:
    raw = await request.read()
    try:
        body = loads(raw) if raw else {}
    except ValueError as error:
        raise refuse(400, "invalid_format", "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise refuse(400, "invalid_format", "The body is not an object.")
    return body
