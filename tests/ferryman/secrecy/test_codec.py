from datetime import timedelta

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    ActivitySerializationContext,
    WorkflowSerializationContext,
)

from ferryman.secrecy.codec import ENCODING, KEY, NAMESPACE, WORKFLOW, Codec, Unbound
from ferryman.secrecy.converter import data_converter
from ferryman.secrecy.place import Place, subject_of
from ferryman.secrecy.ring import KeyRing, Tampered, UnknownKey
from ferryman.settings import ProcessSettings
from tests.ferryman.secrecy.conftest import NEWER_TEXT, RING_TEXT

SECRET = "Erika Beispiel"
MINUTE = timedelta(minutes=1)


def inside(codec: Codec, workflow_id: str, namespace: str = "default") -> Codec:
    """The codec for the payloads of a workflow."""
    return codec.with_context(WorkflowSerializationContext(namespace, workflow_id))


def payload(data: bytes = b'"Erika Beispiel"') -> Payload:
    """Something to encrypt."""
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


@pytest.fixture
def codec(keys):
    """The codec of one process."""
    return Codec(keys)


async def test_round_trip(codec):
    """What comes back is what went in, with its metadata, and nothing of it was to be seen."""
    here = inside(codec, "purchase/p1")
    sealed = await here.encode([payload(), payload(b"")])

    assert ENCODING == sealed[0].metadata["encoding"]
    assert SECRET.encode() not in sealed[0].SerializeToString()
    assert sealed[0].data != (await here.encode([payload()]))[0].data
    assert [payload(), payload(b"")] == await here.decode(sealed)


async def test_clear_payloads(codec):
    """What was written before encryption was switched on is still read."""
    assert [payload()] == await inside(codec, "purchase/p1").decode([payload()])


async def test_nothing_at_all(codec):
    """A call without arguments needs no key and no workflow."""
    assert [] == await codec.encode([])


async def test_no_workflow(codec):
    """What belongs to no workflow could be moved anywhere: it is not encrypted at all."""
    with pytest.raises(Unbound):
        await codec.encode([payload()])
    alone = ActivitySerializationContext("default", "a", None, None, None, None, is_local=False)
    with pytest.raises(Unbound):
        await codec.with_context(alone).encode([payload()])


@pytest.mark.parametrize(
    ("workflow_id", "namespace"),
    [
        ("purchase/p2", "default"),
        ("purchase/p1-2026-01-01", "default"),
        ("refund/p1/r1", "default"),
        ("purchase/p1", "other"),
    ],
)
async def test_moved(codec, workflow_id, namespace):
    """A payload that was moved to another workflow is refused, though it be of one purchase."""
    sealed = await inside(codec, "purchase/p1").encode([payload()])

    with pytest.raises(Tampered):
        await inside(codec, workflow_id, namespace).decode(sealed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (WORKFLOW, b"purchase/p2"),
        (WORKFLOW, b"refund/p1/r1"),
        (WORKFLOW, b"\xff"),
        (NAMESPACE, b"other"),
        (KEY, b"one"),
        (KEY, b"9" * 40),
        (KEY, b"\xb2"),
    ],
)
async def test_relabelled(codec, name, value):
    """A payload whose label was changed to fit another place is refused there too."""
    await inside(codec, "purchase/p2").encode([payload()])
    [sealed] = await inside(codec, "purchase/p1").encode([payload()])
    sealed.metadata[name] = value
    claimed = sealed.metadata[WORKFLOW].decode(errors="replace")

    for reader in (codec, inside(codec, claimed, sealed.metadata[NAMESPACE].decode())):
        with pytest.raises(Tampered):
            await reader.decode([sealed])


async def test_without_a_label(codec):
    """A payload that does not say where it belongs is refused."""
    with pytest.raises(Tampered):
        await codec.decode([Payload(metadata={"encoding": ENCODING}, data=bytes(60))])


async def test_scheduled(codec):
    """What a schedule was given is read by each workflow that it starts, and by no other."""
    sealed = await inside(codec, "sweep/q").encode([payload()])

    assert [payload()] == await inside(codec, "sweep/q-2026-01-02T03:04:05Z").decode(sealed)
    with pytest.raises(Tampered):
        await inside(codec, "sweep/q2-2026-01-02T03:04:05Z").decode(sealed)


async def test_handed_on(codec):
    """What one workflow of a schedule has given, the next one reads, and nobody else."""
    sealed = await inside(codec, "sweep/q-2026-01-02T03:04:05Z").encode([payload()])

    assert [payload()] == await inside(codec, "sweep/q-2026-01-02T03:05:05Z").decode(sealed)
    for other in ("sweep/q2-2026-01-02T03:05:05Z", "sweep/q", "sweep/q-2026-01-02"):
        with pytest.raises(Tampered):
            await inside(codec, other).decode(sealed)


@pytest.mark.parametrize("kind", ["purchase/p1", "refund/p1/r1", "parked-event/e1"])
async def test_no_schedules(codec, kind):
    """Purchases have no schedule: an id that ends like a time is another purchase's."""
    at = "2026-01-02T03:04:05Z"
    sealed = await inside(codec, kind).encode([payload()])

    with pytest.raises(Tampered):
        await inside(codec, f"{kind}-{at}").decode(sealed)


async def test_key_that_is_not_here(process, codec):
    """Without the ring's key nothing is read, and the error names the key."""
    sealed = await inside(codec, "purchase/p1").encode([payload()])
    stranger = Codec(process(ring=KeyRing.parse(NEWER_TEXT)))

    with pytest.raises(UnknownKey, match="'k1'"):
        await stranger.decode(sealed)


async def test_rotation(process, codec):
    """What older keys have encrypted is read while newer ones encrypt."""
    old = await inside(codec, "purchase/p1").encode([payload()])
    both = Codec(process(ring=KeyRing.parse(f"{NEWER_TEXT},{RING_TEXT}")))
    new = await inside(both, "purchase/p2").encode([payload()])

    assert [payload(), payload()] == await both.decode([*old, *new])
    with pytest.raises(UnknownKey, match="'k2'"):
        await codec.decode(new)


async def test_erased(process, codec):
    """Once the key is destroyed `[erased]` is read; other purchases stay as they were."""
    gone = await inside(codec, "purchase/p1").encode([payload()])
    gone += await inside(codec, "refund/p1/r1").encode([payload()])
    kept = await inside(codec, "purchase/p11").encode([payload()])
    await process().retire(["purchase/p1"])
    await process().destroy(["purchase/p1"])
    read = await Codec(process()).decode([*gone, *kept])

    assert [b'"[erased]"', b'"[erased]"', b'"Erika Beispiel"'] == [each.data for each in read]


@pytest.mark.parametrize(
    ("workflow_id", "subject"),
    [
        ("purchase/p1", "purchase/p1"),
        ("purchase/sweep", "purchase/sweep"),
        ("refund/p1/r/1", "purchase/p1"),
        ("return/p1/r1", "purchase/p1"),
        ("parked-event/evt-1", "parked-event/evt-1"),
        ("sweep/purchases-2026-01-01T00:00:00Z", "sweep"),
        ("purchase", "purchase"),
        ("anything", "anything"),
    ],
)
def test_subjects(workflow_id, subject):
    """A purchase's refunds and returns are encrypted with its key."""
    assert subject == subject_of(workflow_id)


def test_places():
    """What is bound to a place says so in a way that fits no other place."""
    places = [Place("a", "b/c"), Place("a/b", "c"), Place("", "ab/c")]

    assert 3 == len({place.bound for place in places})


async def test_switched_off():
    """Without keys everything is as it was."""
    assert data_converter(ProcessSettings(encryption_keys=None)) is pydantic_data_converter
