"""Card numbers in every text of every call: refused, and written down nowhere."""

import random
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from api.app import DECLARED
from api.routes import Open
from ferryman.setting_types import Scope
from tests.api.door import Wanted, opened, settings
from tests.ferryman.secrecy.conftest import database_url, records
from tests.ferryman.secrecy.test_canaries import debug_log
from tests.ferryman.secrecy.test_cards import checked, generated

__all__ = ["database_url", "records"]

QUEUE = "card-numbers"
SCRIPTS = [str.maketrans("0123456789", digits) for digits in ("٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９")]  # noqa: RUF001 - digits of other scripts
SEPARATORS = ("", " ", "-", "\N{NO-BREAK SPACE}", "\N{EN DASH}", " - ")
GIVEN = {"phone", "trackingNumber", "trackingUrl", "url", "image", "value", "partNumber"} | {
    f"{word}Id" for word in ("line", "order", "refund", "return", "shipment", "upstream", "sku")
}
Path = tuple[str | int, ...]


def texts(schema: dict[str, Any], defined: dict[str, Any]) -> Iterator[Path]:
    """Where a schema lets a text stand, in lists at their first place, in maps under any name."""
    if "$ref" in schema:
        schema = defined[schema["$ref"].rpartition("/")[2]]
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from texts(each, defined)
    if schema.get("type") == "string":
        yield ()
    for name, inner in schema.get("properties", {}).items():
        yield from ((name, *path) for path in texts(inner, defined))
    if isinstance(schema.get("items"), dict):
        yield from ((0, *path) for path in texts(schema["items"], defined))
    if isinstance(schema.get("additionalProperties"), dict):
        more = texts(schema["additionalProperties"], defined)
        yield from (("anything", *path) for path in more)


def document(path: Path, text: str) -> Any:
    """A document with this text at that place alone."""
    if not path:
        return text
    inner = document(path[1:], text)
    return {path[0]: inner} if isinstance(path[0], str) else [inner]


def pointer(path: Path) -> str:
    """The JSON pointer of a place."""
    return "".join(f"/{step}" for step in path)


def is_given(path: Path) -> bool:
    """Tell whether numbers belong there that others have given."""
    return path[-1] in GIVEN or path[-1] in {"id", "skuGroupId"}


def written(rng: random.Random, number: str) -> str:
    """A card number in one of the many ways of writing it."""
    size = rng.choice((4, 4, 4, 2, 1))
    groups = [number[at : at + size] for at in range(0, len(number), size)]
    text = rng.choice(SEPARATORS).join(groups)
    if rng.random() < 0.3:
        text = text.translate(rng.choice(SCRIPTS))
    return rng.choice(("{}", "card {}.", "x{}y")).format(text)


@pytest.fixture
async def door(temporal, records, tmp_path):
    """The API on a socket; nobody works behind it."""
    told = settings(Wanted(task_queue=QUEUE), tmp_path / "unused.db")
    async with opened(told, temporal.client, records) as door:
        yield door


def places() -> list[tuple[str, str, Path]]:
    """Every text of every call's body: method, path, place."""
    return [
        (route.method, route.path, path)
        for route in DECLARED
        if route.takes is not None and route.access is not Open.SIGNED
        for schema in [route.takes.model_json_schema(by_alias=True)]
        for path in dict.fromkeys(texts(schema, schema.get("$defs", {})))
    ]


async def workflows(temporal) -> int:
    """How many workflows the calls have begun."""
    return (await temporal.client.count_workflows(f"TaskQueue = '{QUEUE}'")).count


async def test_every_text_of_every_call(door, temporal):
    """1,000 card numbers, each in another text or name: all refused there, none repeated."""
    rng = random.Random(11)  # noqa: S311 - guards nothing
    known, wrong, said = places(), [], []
    with debug_log() as log:
        for method, path, place in islice(cycle(known), 1000):
            number = generated(rng, range(14, 20))
            text = written(rng, number)
            named = rng.random() < 0.2
            body = document(place[:-1], {text: "x"}) if named else document(place, text)
            reply = await send(door, method, path, body)
            expected = (422, [pointer(place[:-1] if named else place)])
            if expected != (reply.status, reply.pointers):
                wrong.append((expected, reply.status, reply.body, text))
            said += [number, text.strip("cardxy .")]
    told = log.getvalue()
    fields = {pointer(place) for _, _, place in known}

    assert [] == wrong
    assert {"/items/0/lineId", "/metadata/anything", "/shipTo/address/line1"} < fields
    assert 150 < len(known)
    assert [] == [each for each in said if each in told]
    assert 0 == await workflows(temporal)


async def test_any_issuer(door):
    """Where no number of another's belongs, any 13 to 19 digits that pass the check are refused."""
    rng = random.Random(12)  # noqa: S311 - guards nothing
    free = [each for each in places() if not is_given(each[2])]
    answers = []
    for method, path, place in islice(cycle(free), 300):
        number = checked("".join(rng.choices("0123456789", k=rng.randint(12, 18))))
        answers.append((await send(door, method, path, document(place, number))).status)

    assert [422] * 300 == answers


@pytest.mark.parametrize("form", ["path", "query", "key", "part"])
async def test_beside_the_body(door, temporal, form):
    """In the path, the query and the idempotency key it is refused too, and not logged."""
    rng = random.Random(form)  # noqa: S311 - guards nothing
    answers, said = [], []
    with debug_log() as log:
        for _ in range(60):
            number = generated(rng, range(14, 20))
            text = written(rng, number)
            reply = await put(door, form, text)
            answers.append((reply.status, "looks like a card number" in reply.body.decode()))
            said += [number, text, quote(text), quote_plus(text)]
    told = log.getvalue()

    assert [(422, True)] * 60 == answers
    assert [] == [each for each in said if each in told]
    assert 0 == await workflows(temporal)


async def put(door, form: str, text: str) -> Any:
    """Send a text beside a body."""
    if form == "key":
        headers = {"Idempotency-Key": text}
        return await door.send("POST", "/purchases", {}, headers=headers)
    paths = {
        "path": f"/purchases/{quote(text)}",
        "part": f"/purchases/p-1/refunds/{quote(text)}",
        "query": f"/purchases?startingAfter={quote_plus(text)}",
    }
    return await door.get(paths[form])


async def send(door, method: str, path: str, body: Any) -> Any:
    """Call as somebody who may do everything."""
    for name in ("id", "refundId", "returnId", "sequence"):
        path = path.replace(f"{{{name}}}", "p-1")
    headers = {"Idempotency-Key": "a-key"}
    return await door.send(method, path, body, scope=Scope.OPERATOR, headers=headers)
