"""Everything that reads a stranger's text: it reads it, or refuses it in the way that it says."""

import base64
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from pydantic import TypeAdapter, ValidationError
from temporalio.api.common.v1 import Payload

from api.bodies import read_as
from api.errors import Problem, from_validation
from api.idempotency import HEADER, fingerprint, optional_key_of
from ferryman.digital_river import exact_json
from ferryman.digital_river.events import MalformedEvent, parse_event
from ferryman.digital_river.refusals import retry_after
from ferryman.digital_river.signature import SignatureError, sign, verify
from ferryman.money import Money
from ferryman.provider_events import translate
from ferryman.purchase.request import Change, PurchaseRequest
from ferryman.secrecy.cards import card_places
from ferryman.secrecy.codec import ENCODING, KEY, NAMESPACE, WORKFLOW, Codec
from ferryman.secrecy.data_keys import DataKeys
from ferryman.secrecy.ring import KeyRing, Tampered, UnknownKey
from tests.hostile.sizes import FULL, TEXTS
from tests.hostile.texts import any_name, bodies, event_name, field, text, trees, written
from tests.hostile.words import EVENTS, NUMBERS, SIGNATURES
from tests.running.records import records_in

pytestmark = pytest.mark.timeout(600)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECRET = "whsec_of_the_parsers_0123456789ab"
MONEY: TypeAdapter[Decimal] = TypeAdapter(Money)

many = settings(
    max_examples=TEXTS,
    derandomize=not FULL,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@many
@given(bodies(any_name))
@example(b"[" * 100_000 + b"]" * 100_000)
@example(b"9" * 5_000)
@example(b'{"a": 1e9999999999999999999}')
@example(b'"\\ud800"')
@example("\ufeff{}".encode())
def test_json(body: bytes):
    """A body is a document that can be told apart and searched for cards, or a ValueError."""
    try:
        document = exact_json.decode(body)
    except ValueError:
        return

    assert fingerprint(document) == fingerprint(document)
    assert list(card_places(document)) is not None


@many
@given(bodies(event_name))
def test_events(body: bytes):
    """A webhook's body is an event, or malformed."""
    with suppress(MalformedEvent):
        translate(parse_event(body))


@many
@given(st.sampled_from(EVENTS), trees(event_name))
def test_events_of_known_types(kind: str, subject: Any):
    """So it is with a sound envelope around whatever."""
    body = written({"id": "event-1", "type": kind, "data": {"object": subject}})
    with suppress(MalformedEvent):
        translate(parse_event(body))


header = st.one_of(
    text,
    st.sampled_from(SIGNATURES),
    st.from_regex(r"[-+0-9TZ:. eE]{0,30}(, ?[A-Za-z0-9+/=]{40,46}){0,3}", fullmatch=True),
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z, {'A' * 43}="),
)


@settings(many, max_examples=TEXTS * 5)
@given(header, st.binary(max_size=50))
def test_signatures(value: str, body: bytes):
    """Nothing that a stranger makes up is a signature."""
    with pytest.raises(SignatureError):
        verify(value, body, [SECRET], now=NOW, tolerance=timedelta(seconds=300))


@many
@given(text, st.binary(max_size=50))
def test_signed_by_a_holder(stamp: str, body: bytes):
    """Even who knows the secret is refused with an odd timestamp, and raises nothing else."""
    try:
        value = sign(SECRET, stamp, body)
    except UnicodeEncodeError:
        return
    with pytest.raises(SignatureError):
        verify(value, body, [SECRET], now=NOW, tolerance=timedelta(seconds=300))


@many
@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=300) | text)
def test_keys(value: str):
    """An idempotency key is taken as it is, or a 400."""
    request = SimpleNamespace(headers=CIMultiDict({HEADER: value}))
    key = _or_status(lambda: optional_key_of(request))

    assert key == (value if 1 <= len(value) <= 255 and value.isascii() else 400) or key == 400


@many
@given(
    st.from_regex(r"[-+ 0-9.eE]{0,40}")
    | text
    | st.datetimes().map(lambda moment: f"{moment:%a, %d %b %Y %H:%M:%S} GMT")
    | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,9} ?[-+A-Z0-9]*")
)
def test_waits(value: str):
    """What a provider asks us to wait is between nothing and an hour, or unreadable."""
    wait = retry_after(value, NOW)

    assert wait is None or timedelta() <= wait <= timedelta(hours=1)


@many
@given(st.sampled_from(NUMBERS) | st.decimals() | st.floats() | st.integers() | text)
def test_money(value: Any):
    """An amount is finite and of no more digits than survive every reader, or refused."""
    try:
        amount = MONEY.validate_python(value)
    except ValidationError:
        return

    assert amount.is_finite()
    assert amount == Decimal(repr(MONEY.dump_python(amount, mode="json")))


def _or_status(act: Callable[[], object]) -> object:
    """What comes of it, or the status of the problem that it raises."""
    try:
        return act()
    except Problem as problem:
        return problem.code


def _read(read: Callable[[Any], object], body: bytes) -> None:
    try:
        document = exact_json.decode(body)
    except ValueError:
        return
    try:
        read(document)
    except ValidationError as error:
        problem = from_validation(error, document)
    except Problem as raised:
        problem = raised
    else:
        return

    assert 422 == problem.code
    assert problem.response("/", "1").body


@many
@given(trees(field).map(written))
def test_purchases(body: bytes):
    """A document is a purchase or a change of one, or a 422 that can be written down."""
    _read(PurchaseRequest.read, body)
    _read(lambda document: read_as(Change, document), body)


_GOOD = {"currency": "EUR", "taxInclusive": True}
_LINE = {"lineId": "1", "skuId": "s", "quantity": 1, "price": 1}


@many
@given(st.sampled_from([*_GOOD, *_LINE, "email", "metadata", "discount", "items"]), trees(field))
def test_nearly_purchases(name: str, value: Any):
    """So is one that is sound but for one field."""
    line = {**_LINE, name: value} if name in _LINE else _LINE
    request = {**_GOOD, "items": [line]}
    _read(PurchaseRequest.read, written(request if name in _LINE else {**request, name: value}))


@pytest.fixture(scope="module")
async def codec(tmp_path_factory: pytest.TempPathFactory):
    """A codec with one key."""
    ring = KeyRing.parse("k1:" + base64.b64encode(bytes(32)).decode())
    async with records_in(tmp_path_factory.mktemp("codec")) as records:
        yield Codec(DataKeys(records.engine, ring))


async def test_payloads(codec: Codec):
    """What was not encrypted here is told from what was, whatever it says of itself."""
    found: list[tuple[dict[str, bytes], bytes]] = []
    metadata = st.fixed_dictionaries(
        {},
        optional={
            KEY: st.binary(max_size=12) | st.sampled_from([b"1", b"0", b"9" * 12]),
            NAMESPACE: st.binary(max_size=12),
            WORKFLOW: st.binary(max_size=12) | st.just(b"purchase/p1"),
        },
    )

    @settings(many, max_examples=TEXTS // 4)
    @given(metadata, st.binary(max_size=80))
    def collect(said: dict[str, bytes], data: bytes) -> None:
        found.append((said, data))

    collect()
    for said, data in found:
        payload = Payload(metadata={"encoding": ENCODING, **said}, data=data)
        with pytest.raises((Tampered, UnknownKey)):
            await codec.decode([payload])

    assert len(found) >= TEXTS // 8
