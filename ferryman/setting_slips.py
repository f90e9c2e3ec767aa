"""Finds a variable that was meant to be a setting of ours and is misspelt."""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .secret_files import SECRET_FILES

_OURS = ("FERRYMAN_", "DIGITAL_RIVER_")
_SANDBOX = "FERRYMAN_SANDBOX_"
_LIKE_ANOTHER = 0.8


@dataclass(frozen=True)
class Slip:
    """What stands there, and the setting that it is like."""

    name: str
    meant: str


def first_slip(given: Iterable[str], known: Collection[str]) -> Slip | None:
    """The first name, in order, that is none of the known and much like one of them."""
    for name in sorted(given):
        if not name.startswith(_OURS) or name.startswith(_SANDBOX):
            continue
        if name in known or name in SECRET_FILES:
            continue
        if meant := difflib.get_close_matches(name, known, n=1, cutoff=_LIKE_ANOTHER):
            return Slip(name, meant[0])
    return None
