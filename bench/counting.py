"""Counts what a history is made of and what Temporal Cloud would bill for it; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

_BILLED: Final[Mapping[int, tuple[str, int]]] = MappingProxyType(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: ("start", 1),
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: ("update", 1),
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: ("signal", 1),
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED: ("options update", 1),
        EventType.EVENT_TYPE_TIMER_STARTED: ("timer", 1),
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: ("activity", 1),
        EventType.EVENT_TYPE_NEXUS_OPERATION_SCHEDULED: ("nexus operation", 1),
        EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: ("child workflow", 2),
    }
)
"""What one event of a type is billed as; a signal is counted where it arrives."""
_LOCAL: Final = "core_local_activity"
# Written by the SDK for a patch, and not billed.
_PATCHES: Final = "TemporalChangeVersion"


@dataclass(frozen=True)
class Count:
    """One history: its events by type, its billed actions by kind."""

    events: Mapping[str, int]
    actions: Mapping[str, int]

    @property
    def all_events(self) -> int:
        """How long the history is."""
        return sum(self.events.values())

    @property
    def all_actions(self) -> int:
        """What is billed in all."""
        return sum(self.actions.values())


def count(history: Iterable[HistoryEvent]) -> Count:
    """Count by Temporal Cloud's rules ("Actions" in its pricing).

    All local activities of one workflow task are one action, each later try of an ordinary one is
    one more. Not in a history, and so not counted: queries, rejected updates and heartbeats, and
    tries of an activity that was cancelled while it waited for its next.
    """
    events: Counter[str] = Counter()
    actions: Counter[str] = Counter()
    with_local: set[int] = set()
    for event in history:
        events[_name(event)] += 1
        kind, billed = _BILLED.get(event.event_type, ("", 0))
        actions[kind] += billed
        actions["activity retry"] += _retries(event)
        actions["search attributes"] += _is_upsert(event)
        marker = event.marker_recorded_event_attributes
        if marker.marker_name == _LOCAL:
            with_local.add(marker.workflow_task_completed_event_id)
    actions["local activities of a task"] = len(with_local)
    return Count(dict(events), {kind: number for kind, number in actions.items() if number})


def _name(event: HistoryEvent) -> str:
    words = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
    return words.title().replace("_", "")


def _retries(event: HistoryEvent) -> int:
    # The event of the start is written with the end, and says which try it was.
    return max(event.activity_task_started_event_attributes.attempt - 1, 0)


def _is_upsert(event: HistoryEvent) -> bool:
    attributes = event.upsert_workflow_search_attributes_event_attributes
    return bool(attributes.search_attributes.indexed_fields.keys() - {_PATCHES})
