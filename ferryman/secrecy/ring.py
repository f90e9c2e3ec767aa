"""The key ring: a few long-lived keys from the settings, which wrap the purchases' own keys."""

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12

_ENTRY = re.compile(r"([\w.-]{1,64}):([A-Za-z0-9+/=_-]+)", re.ASCII)


class UnknownKey(RuntimeError):
    """What was encrypted with a key that is not here; names the key, never a secret."""


class Tampered(RuntimeError):
    """Not what was encrypted, or not where it was encrypted."""


@dataclass(frozen=True)
class KeyRing:
    """AES-256 keys by id; the first one wraps, all of them unwrap."""

    first: str
    keys: Mapping[str, AESGCM] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:base64,…`, 32 bytes each; raises ValueError, which repeats no key."""
        entries = [_ENTRY.fullmatch(entry.strip()) for entry in text.split(",")]
        named = [(each[1], _decoded(each[2])) for each in entries if each]
        if len(named) < len(entries) or any(len(key) != KEY_BYTES for _, key in named):
            raise ValueError("give id:base64 of 32 bytes, several with commas between")
        if len(dict(named)) < len(named):
            raise ValueError("an id stands twice")
        return cls(named[0][0], {name: AESGCM(key) for name, key in named})

    def wrap(self, key: bytes, subject: str) -> tuple[str, bytes]:
        """Encrypt a data key for one subject alone; the ring key's id comes first."""
        return self.first, seal(self.keys[self.first], key, subject.encode())

    def unwrap(self, ring_key: str, wrapped: bytes, subject: str) -> bytes:
        """Decrypt a subject's data key; raises UnknownKey or Tampered."""
        if ring_key not in self.keys:
            raise UnknownKey(f"FERRYMAN_ENCRYPTION_KEYS lacks the key {ring_key!r}")
        return unseal(self.keys[ring_key], wrapped, subject.encode())


def seal(cipher: AESGCM, plain: bytes, bound: bytes) -> bytes:
    """Encrypt under a nonce of its own, which goes before; `bound` is needed to decrypt."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound)


def unseal(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    """Decrypt what `seal` made; raises Tampered where a single bit is another."""
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise Tampered("a payload is not what was encrypted here") from error


def _decoded(text: str) -> bytes:
    try:
        padded = text + "=" * (-len(text) % 4)
        return base64.b64decode(padded.translate({45: 43, 95: 47}), validate=True)
    except ValueError:
        return b""
