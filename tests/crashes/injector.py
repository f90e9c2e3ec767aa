"""Makes a case fail where its plan says: between Temporal and the step, and on the wire."""

import asyncio
from collections import Counter
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor
from yarl import URL

from tests.crashes.crossing import LATE, MONEY, Crossing, Fault, Way, template

SETTLE_SECONDS = 0.8
LATE_SECONDS = SETTLE_SECONDS / 2
"""Within the settle time of the repeat, wherever that is used."""

AT_PROVIDER: dict[Way, dict[str, Any]] = {
    Way.RESET_BEFORE: {"kind": "reset_before"},
    Way.ANSWER_LOST: {"kind": "reset_after"},
    Way.WRONG_BODY: {"kind": "wrong_body"},
    Way.ERROR: {"kind": "status", "status": 500},
    Way.AWAY: {"kind": "status", "status": 503, "retryAfter": 1},
    Way.TOO_MANY: {"kind": "status", "status": 429, "retryAfter": 1},
}
REFUSAL = {
    "kind": "status",
    "status": 409,
    "body": {"type": "conflict", "errors": [{"code": "failed-request", "message": "No."}]},
}


class WorkerDied(Exception):
    """A failure of a kind that nobody knows."""


class WorkerVanished(Exception):
    """A failure of which nobody hears."""


@dataclass(frozen=True)
class Held:
    """A call that Digital River will carry out later than it said."""

    method: str
    url: URL
    headers: dict[str, str]
    body: bytes
    way: Way
    activity: str
    call: str

    def meets(self, activity: str, call: str) -> bool:
        """True for the call that repeats this one."""
        return (self.activity, self.call) == (activity, call)


@dataclass
class Progress:
    """One case under way: what it has crossed, and what has struck it."""

    purchase_id: str
    faults: list[Fault]
    crossed: list[Crossing] = field(default_factory=list)
    struck: list[Fault] = field(default_factory=list)
    turns: Counter[str] = field(default_factory=Counter)
    held: list[Held] = field(default_factory=list)

    def take(self, crossing: Crossing) -> Fault | None:
        """The fault that is meant for this crossing, once."""
        self.crossed.append(crossing)
        found = next((fault for fault in self.faults if fault.crossing == crossing), None)
        if found is not None:
            self.faults.remove(found)
            self.struck.append(found)
        return found


@dataclass
class Turn:
    """One run of an activity."""

    progress: Progress
    activity: str
    number: int
    calls: Counter[str] = field(default_factory=Counter)

    def crossing(self, call: str) -> Crossing:
        """The next crossing of this kind."""
        self.calls[call] += 1
        return Crossing(self.activity, self.number, call, self.calls[call])


_turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


class Injector(Interceptor):
    """Strikes the purchases that are under `watch`; all others pass."""

    def __init__(self, http: aiohttp.ClientSession, sandbox_url: str) -> None:
        self._http = http
        self._url = sandbox_url
        self._watched: dict[str, Progress] = {}
        self.hanging = asyncio.Event()
        """Set once a step hangs that only the end of its worker can end."""
        self._late: set[asyncio.Task[None]] = set()

    def watch(self, progress: Progress) -> None:
        """From now on this purchase is struck as its plan says."""
        self._watched[progress.purchase_id] = progress

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand between Temporal and every step."""
        return _Inbound(next, self)

    def begin(self, info: activity.Info) -> Turn | None:
        """Count a run of an activity; what was held back for its repeat happens during it."""
        progress = self._watched.get((info.workflow_id or "").removeprefix("purchase/"))
        if progress is None:
            return None
        kind = info.activity_type
        progress.turns[kind] += 1
        for held in [one for one in progress.held if one.activity == kind]:
            if held.way is Way.LATE_COMMIT:
                progress.held.remove(held)
                self._later(held)
        return Turn(progress, kind, progress.turns[kind])

    async def send(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Stand on the wire: aiohttp's own place for that."""
        turn = _turn.get()
        if turn is None:
            return await handler(request)
        call = template(request.method, request.url)
        fault = turn.progress.take(turn.crossing(call))
        refused = None
        if fault is not None:
            # What is held back any longer would come later than anybody settles: it never comes.
            turn.progress.held = [
                one for one in turn.progress.held if not one.meets(turn.activity, call)
            ]
            await self._strike_before(turn, fault, request, call)
        else:
            refused = await self._meet_held(turn, request, call)
        response = await handler(request)
        if refused is not None:
            self._later(refused)
        if fault is not None:
            await self._strike_after(fault, response)
        return response

    async def hang(self) -> None:
        """Do nothing until the worker is torn down."""
        self.hanging.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise WorkerVanished("torn down") from error

    async def _strike_before(
        self, turn: Turn, fault: Fault, request: ClientRequest, call: str
    ) -> None:
        match fault.way:
            case Way.BEFORE:
                raise WorkerDied(str(fault))
            case Way.VANISHED_BEFORE:
                raise WorkerVanished(str(fault))
            case Way.HANGS_BEFORE:
                await self.hang()
        if fault.way in LATE:
            body = await request.body.as_bytes() if request.body else b""
            held = Held(
                request.method,
                request.url,
                dict(request.headers),
                body,
                fault.way,
                turn.activity,
                call,
            )
            turn.progress.held.append(held)
            raise aiohttp.ServerDisconnectedError
        if fault.way in AT_PROVIDER:
            await self._plant(turn.progress, request, AT_PROVIDER[fault.way])

    async def _strike_after(self, fault: Fault, response: ClientResponse) -> None:
        match fault.way:
            case Way.AFTER:
                response.close()
                raise WorkerDied(str(fault))
            case Way.VANISHED_AFTER:
                response.close()
                raise WorkerVanished(str(fault))
            case Way.HANGS_AFTER:
                response.close()
                await self.hang()
            case Way.TIMEOUT:
                response.close()
                raise TimeoutError

    async def _meet_held(self, turn: Turn, request: ClientRequest, call: str) -> Held | None:
        """Settle what the same call of the same step has left: just before or just after this."""
        progress = turn.progress
        for held in [one for one in progress.held if one.meets(turn.activity, call)]:
            progress.held.remove(held)
            if held.way is Way.REFUSED_404:
                await self._commit(held)
            else:
                await self._plant(progress, request, REFUSAL)
                return held
        return None

    async def _plant(
        self, progress: Progress, request: ClientRequest, fault: dict[str, Any]
    ) -> None:
        where = {"method": request.method, "path": request.url.raw_path}
        plan = {"upstreamId": progress.purchase_id, **where, **fault}
        async with self._http.post(f"{self._url}/_sandbox/faults", json=plan) as response:
            assert response.status == 201, await response.text()

    async def _commit(self, held: Held) -> None:
        async with self._http.request(
            held.method, held.url, headers=held.headers, data=held.body
        ) as response:
            await response.read()

    def _later(self, held: Held) -> None:
        async def later() -> None:
            # Ways that need no settling are met before they can notice.
            await asyncio.sleep(LATE_SECONDS if held.activity in MONEY else 0)
            # The second fault of a pair may meet it in place of the repeat.
            with suppress(aiohttp.ClientError):
                await self._commit(held)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


class StruckSession:
    """A session whose every call passes the injector, whatever else it passes."""

    def __init__(self, session: aiohttp.ClientSession, injector: Injector) -> None:
        self._session = session
        self._injector = injector

    def request(
        self, method: str, url: URL, *, middlewares: tuple[Any, ...] = (), **options: Any
    ) -> Any:
        """Stand where the session stands."""
        passed = (*middlewares, self._injector.send)
        return self._session.request(method, url, middlewares=passed, **options)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, injector: Injector) -> None:  # noqa: A002 - the SDK's name
        super().__init__(next)
        self._injector = injector

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        turn = self._injector.begin(activity.info())
        if turn is None:
            return await self.next.execute_activity(input)
        token = _turn.set(turn)
        try:
            return await self._run(turn, input)
        except WorkerVanished:
            if activity.info().is_local:
                raise
            activity.raise_complete_async()
        finally:
            _turn.reset(token)

    async def _run(self, turn: Turn, asked: ExecuteActivityInput) -> Any:
        fault = turn.progress.take(Crossing(turn.activity, turn.number))
        if fault is not None and fault.way is Way.BEFORE:
            raise WorkerDied(str(fault))
        result = await self.next.execute_activity(asked)
        match fault.way if fault else None:
            case Way.AFTER:
                raise WorkerDied(str(fault))
            case Way.HANGS_AFTER:
                await self._injector.hang()
        return result
