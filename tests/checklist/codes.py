"""The ways in which Digital River may refuse a call with each of its codes, and what is told."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from activities.orders import FRAUD
from ferryman.purchase.messages import Hint
from ferryman.purchase.states import State
from ferryman.setting_types import Scope

PUBLISHED: dict[str, str] = json.loads(
    (Path(__file__).parent / "error-codes.json").read_text(encoding="utf-8")
)
EXAMPLES = Path(__file__).parents[1] / "ferryman" / "digital_river" / "examples" / "errors"
FACTS = {"time", "status", "url", "request", "response"}
LANES = 8


@dataclass(frozen=True)
class Case:
    """One refusal: its status and body, and the code in it."""

    code: str
    status: int
    body: dict[str, Any]


def cases() -> list[Case]:
    """Each code once, in a message that holds it, else as a published body has it."""
    found = {}
    for path in sorted(EXAMPLES.glob("40[09].*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        code = body["errors"][0].get("code")
        if no_word(code or ""):
            body["errors"][0]["message"] = f"It failed: {code}."
        found[code] = Case(code, int(path.name[:3]), body)
    for index, code in enumerate(sorted(PUBLISHED.keys() - found.keys() - FRAUD)):
        said = f"{PUBLISHED[code]} ({code})" if no_word(code) else PUBLISHED[code]
        status = (400, 409)[index % 2]
        body = {"type": "bad_request", "errors": [{"code": code, "message": said}]}
        found[code] = Case(code, status, body)
    return list(found.values())


def strings(document: Any) -> list[str]:
    """Every text in a JSON document."""
    if isinstance(document, dict):
        return [text for value in document.values() for text in strings(value)]
    if isinstance(document, list):
        return [text for value in document for text in strings(value)]
    return [document] if isinstance(document, str) else []


def no_word(code: str) -> bool:
    """True for a code that nobody would write in a sentence."""
    return "_" in code or "-" in code


def betrayed(reply: Any, codes: Iterable[str]) -> list[str]:
    """The codes that an answer holds: as a text of its own, or inside one where it is no word."""
    texts = {*strings(reply.json), *reply.headers.values()}
    together = "\n".join(texts)
    return [code for code in codes if code in texts or (no_word(code) and code in together)]


def codes_in(document: Any) -> Iterator[str]:
    """The codes that operators are told."""
    if isinstance(document, dict):
        if isinstance(document.get("code"), str):
            yield document["code"]
        for value in document.values():
            yield from codes_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from codes_in(value)


@dataclass(frozen=True)
class Way:
    """A call that Digital River refuses: what is spoiled, asked, and answered to the caller."""

    spoiled: str
    ask: Callable[[int], tuple[str, str, Any]]
    answered: frozenset[int]
    ready: Callable[[Any], Awaitable[Any]]
    """Brings a purchase where the call makes sense."""
    told: bool = True
    """Whether the timeline has the code; a refusal that changes nothing is in the log alone."""
    untold: frozenset[str] = frozenset()
    """The codes of refusals that are answered as our own check answers, and change nothing."""


async def unpaid(shopper: Any) -> None:
    """A checkout without a source."""


async def chosen(shopper: Any) -> None:
    """A checkout that can be submitted."""
    await shopper.choose()


async def awaited(shopper: Any) -> None:
    """An order that waits for money, however often it is asked for."""
    await shopper.order("wireTransfer")


async def accepted(shopper: Any) -> None:
    """An order that may ship."""
    await shopper.order()


async def complete(shopper: Any) -> None:
    """A purchase whose money is all in."""
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.settled_as("complete")
    await shopper.tell("order.charge.capture.complete", Hint.MONEY_MOVED)
    await shopper.until(State.COMPLETE)


PARCEL = [{"lineId": "1", "quantity": 1}]
WAYS = {
    "patch": Way(
        spoiled="/checkouts/*",
        ask=lambda number: ("PATCH", "", {"email": f"erika{number}@example.com"}),
        answered=frozenset({422}),
        ready=unpaid,
    ),
    "source": Way(
        spoiled="/checkouts/*/sources/*",
        ask=lambda number: ("PUT", "/source", {"sourceId": f"source-{number}"}),
        answered=frozenset({422}),
        ready=unpaid,
    ),
    "refresh": Way(
        spoiled="/orders/*/refresh",
        ask=lambda _: ("POST", "/refresh", {}),
        answered=frozenset({200}),
        ready=awaited,
        told=False,
    ),
    "fulfillments": Way(
        spoiled="/fulfillments",
        ask=lambda number: (
            "POST",
            "/fulfillments",
            {"shipmentId": f"parcel-{number}", "items": PARCEL},
        ),
        answered=frozenset({409}),
        ready=accepted,
    ),
    "cancel": Way(
        spoiled="/fulfillments",
        ask=lambda number: ("POST", "/cancel", {"items": PARCEL, "reason": f"reason {number}"}),
        answered=frozenset({202}),
        ready=accepted,
    ),
    "refunds": Way(
        spoiled="/refunds",
        ask=lambda number: (
            "POST",
            "/refunds",
            {"refundId": f"refund-{number}", "amount": 1, "reason": "goodwill"},
        ),
        answered=frozenset({201}),
        ready=complete,
    ),
    "returns": Way(
        spoiled="/returns",
        ask=lambda number: (
            "POST",
            "/returns",
            {"returnId": f"return-{number}", "items": PARCEL, "reason": "too small"},
        ),
        answered=frozenset({201, 422}),
        untold=frozenset({"quantity_too_large"}),
        ready=complete,
    ),
}


class Trial:
    """Refuses calls with every code and remembers all that was answered."""

    def __init__(self, shop: Any, door: Any) -> None:
        self._shop = shop
        self._door = door
        self.replies: list[tuple[str, Any]] = []
        self.operators: set[str] = set()

    async def run(self, way: Way) -> None:
        """Try all cases, a few purchases at once."""
        waiting = iter(enumerate(cases()))
        await asyncio.gather(*(self._lane(way, waiting) for _ in range(LANES)))

    async def _lane(self, way: Way, waiting: Iterator[tuple[int, Case]]) -> None:
        shopper = await self._shop.begin()
        await way.ready(shopper)
        for number, case in waiting:
            method, path, body = way.ask(number)
            asked = self._door.send(method, f"/purchases/{shopper.id}{path}", body)
            await self.refused(shopper.id, way.spoiled, case, asked)
        await self.read(shopper.id)

    async def refused(self, purchase_id: str, path: str, case: Case, asked: Awaitable[Any]) -> None:
        """Refuse this purchase's calls so as long as the answer is awaited."""
        spoiled = {"kind": "status", "status": case.status, "body": case.body, "times": 0}
        about = {"upstreamId": purchase_id, "method": "POST", "path": path}
        fault = await self._shop.control("POST", "faults", {**about, **spoiled})
        self.replies.append((case.code, await asked))
        await self._shop.control("DELETE", f"faults/{fault['id']}")

    async def read(self, purchase_id: str) -> None:
        """Read what the merchant and what operators are told in the end."""
        path = f"/purchases/{purchase_id}"
        for each in (path, f"{path}/timeline"):
            self.replies.append(("", await self._door.get(each, Scope.READ)))
        timeline = await self._door.get(f"{path}/timeline", Scope.OPERATOR)
        self.operators |= set(codes_in(timeline.json))

    @property
    def betrayed(self) -> list[tuple[list[str], bytes]]:
        """Answers that hold any code."""
        codes = {case.code for case in cases()}
        found = [(betrayed(reply, codes), reply.body) for _, reply in self.replies]
        return [(told, body) for told, body in found if told]

    @property
    def statuses(self) -> set[int]:
        """How the refused calls were answered."""
        return {reply.status for code, reply in self.replies if code}

    @property
    def kinds(self) -> set[str]:
        """The problems that were told."""
        return {reply.problem for code, reply in self.replies if code and reply.status >= 400}


def logged_codes(lines: list[Any]) -> set[str]:
    """The codes of failed calls in the log, each with its five facts."""
    failed = [line for line in lines if line["event"] == "digital_river_call_failed"]
    assert [] == [line for line in failed if not line.keys() >= FACTS]
    return {error.get("code") for line in failed for error in line["response"]["errors"]}
