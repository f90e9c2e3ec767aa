"""Who may read what is encrypted: named tokens, of which only the hash is known here."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

_AUDITOR = re.compile(r"([\w.-]{1,64}):([0-9a-fA-F]{64})", re.ASCII)


@dataclass(frozen=True)
class Auditor:
    """A person or program with a token of its own."""

    name: str
    digest: bytes


def parse(text: str) -> tuple[Auditor, ...]:
    """Read `name:hex-sha256-of-token,…`; raises ValueError."""
    matches = [_AUDITOR.fullmatch(entry.strip()) for entry in text.split(",")]
    named = [Auditor(each[1], bytes.fromhex(each[2])) for each in matches if each]
    if len(named) < len(matches):
        raise ValueError("give name:hex-sha256-of-token, several with commas between")
    if len({each.name for each in named}) < len(named):
        raise ValueError("a name stands twice")
    return tuple(named)


def bearer_of(auditors: Sequence[Auditor], header: str) -> Auditor | None:
    """Who sends this Authorization header; None where nobody is known by it."""
    scheme, _, token = header.partition(" ")
    digest = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
    # All are compared, so that the time taken does not tell which one was near.
    known = [each for each in auditors if hmac.compare_digest(each.digest, digest)]
    return known[0] if known and scheme.lower() == "bearer" else None
