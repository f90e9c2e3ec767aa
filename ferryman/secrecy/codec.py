"""The codec between us and Temporal: what leaves is encrypted, and bound to its workflow."""

from collections.abc import Sequence

from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from .data_keys import DataKeys, Erased
from .place import Place, subject_of
from .ring import Tampered, seal, unseal

ENCODING = b"binary/encrypted"
KEY = "ferryman-key"
NAMESPACE = "ferryman-namespace"
WORKFLOW = "ferryman-workflow"
ERASED = Payload(metadata={"encoding": b"json/plain"}, data=b'"[erased]"')


class Unbound(RuntimeError):
    """A payload that belongs to no workflow cannot be bound to one."""


class Codec(PayloadCodec, WithSerializationContext):
    """AES-256-GCM with the data key of the purchase that a workflow belongs to.

    What is in the clear, as all was before encryption was switched on, is read as it is.
    """

    def __init__(self, keys: DataKeys, place: Place | None = None) -> None:
        self._keys = keys
        self._place = place

    def with_context(self, context: SerializationContext) -> "Codec":
        """The codec for the payloads of one workflow."""
        match context:
            case WorkflowSerializationContext() | ActivitySerializationContext(workflow_id=str()):
                return Codec(self._keys, Place(context.namespace, context.workflow_id or ""))
            case _:
                return Codec(self._keys)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt; raises Unbound outside of a workflow, RecordsUnavailable without a key."""
        if not payloads:
            return []
        if self._place is None:
            raise Unbound("payloads are encrypted for a workflow; none was named")
        place, key = self._place, await self._keys.current(subject_of(self._place.workflow_id))
        metadata = {
            "encoding": ENCODING,
            KEY: str(key.generation).encode(),
            NAMESPACE: place.namespace.encode(),
            WORKFLOW: place.workflow_id.encode(),
        }
        return [
            Payload(
                metadata=metadata,
                data=seal(key.cipher, payload.SerializeToString(), place.bound),
            )
            for payload in payloads
        ]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt; `[erased]` stands for what nobody can read any more.

        Raises UnknownKey where the key is not here, Tampered for what was changed or moved.
        """
        return [
            await self._decrypted(payload) if is_encrypted(payload) else payload
            for payload in payloads
        ]

    async def _decrypted(self, payload: Payload) -> Payload:
        place = place_of(payload)
        if self._place is not None and not self._place.holds(place):
            raise Tampered(f"a payload of {place.workflow_id!r} lies elsewhere")
        try:
            key = await self._keys.get(subject_of(place.workflow_id), _generation(payload))
        except Erased:
            return ERASED
        try:
            return Payload.FromString(unseal(key.cipher, payload.data, place.bound))
        except DecodeError as error:
            raise Tampered("what was decrypted is no payload") from error


def is_encrypted(payload: Payload) -> bool:
    """Tell what this codec has encrypted from what was never encrypted."""
    return payload.metadata.get("encoding") == ENCODING


def place_of(payload: Payload) -> Place:
    """Where an encrypted payload says that it belongs; decrypting proves it."""
    try:
        return Place(payload.metadata[NAMESPACE].decode(), payload.metadata[WORKFLOW].decode())
    except (KeyError, UnicodeDecodeError) as error:
        raise Tampered("a payload does not say where it belongs") from error


def _generation(payload: Payload) -> int:
    text = payload.metadata.get(KEY, b"")
    # Longer ones are no numbers of ours, and may be too large for the database.
    if not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - see above
        raise Tampered("a payload does not say with which key it was encrypted")
    return int(text)
