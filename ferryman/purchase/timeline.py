"""What happened to a purchase, told for people."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from .base import Moment, Noun


class EntryKind(StrEnum):
    """What a timeline entry tells of."""

    STATE = "state"
    STEP = "step"
    EVENT = "event"
    TIMER = "timer"
    ACT = "act"


class TimelineEntry(Noun):
    """One thing that happened to a purchase; `detail` is for people."""

    sequence: int
    time: Moment
    kind: EntryKind
    name: str
    detail: dict[str, Any] = Field(default_factory=dict)
