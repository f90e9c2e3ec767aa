"""What one check has found, and what a person is to do about it."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How a check ended."""

    GOOD = "good"
    WRONG = "wrong"
    UNTOLD = "untold"
    """It cannot be told from here, and is no reason to fail."""


@dataclass(frozen=True)
class Finding:
    """One line of the report; never holds a secret."""

    subject: str
    verdict: Verdict
    said: str
    remedy: str = ""
    """What to do where it is wrong."""


def good(subject: str, said: str) -> Finding:
    """All is well."""
    return Finding(subject, Verdict.GOOD, said)


def wrong(subject: str, said: str, remedy: str) -> Finding:
    """Something has to be done."""
    return Finding(subject, Verdict.WRONG, said, remedy)


def untold(subject: str, said: str) -> Finding:
    """Nobody can tell from here."""
    return Finding(subject, Verdict.UNTOLD, said)
