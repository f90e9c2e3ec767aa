"""What a history is counted as, on histories made by hand."""

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from bench.counting import Count, count


def event(kind, **attributes):
    """One event of this type; attributes go where the type has them."""
    made = HistoryEvent(event_type=EventType.Value(f"EVENT_TYPE_{kind}"))
    for path, value in attributes.items():
        setattr(getattr(made, f"{kind.lower()}_event_attributes"), path, value)
    return made


def marker(name, task):
    """A marker that was recorded with this workflow task."""
    return event("MARKER_RECORDED", marker_name=name, workflow_task_completed_event_id=task)


def upsert(*names):
    """An upsert of these search attributes."""
    made = event("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")
    attributes = made.upsert_workflow_search_attributes_event_attributes
    for name in names:
        attributes.search_attributes.indexed_fields[name].data = b'"x"'
    return made


def test_an_empty_workflow_is_one_action():
    """Its tasks and its end are events, and only its start is billed."""
    counted = count(
        [
            event("WORKFLOW_EXECUTION_STARTED"),
            event("WORKFLOW_TASK_SCHEDULED"),
            event("WORKFLOW_TASK_STARTED"),
            event("WORKFLOW_TASK_COMPLETED"),
            event("WORKFLOW_EXECUTION_COMPLETED"),
        ]
    )

    assert (5, 1) == (counted.all_events, counted.all_actions)


def test_events_are_counted_by_type():
    """Each type has the name that the Web UI gives it."""
    history = [event("TIMER_STARTED"), event("TIMER_FIRED"), event("TIMER_STARTED")]

    assert {"TimerStarted": 2, "TimerFired": 1} == count(history).events


def test_what_is_asked_and_told_is_billed():
    """Each accepted update, signal, timer, change of options and nexus call is one action."""
    kinds = (
        "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
        "WORKFLOW_EXECUTION_UPDATE_COMPLETED",
        "WORKFLOW_EXECUTION_SIGNALED",
        "WORKFLOW_EXECUTION_SIGNALED",
        "TIMER_STARTED",
        "TIMER_CANCELED",
        "WORKFLOW_EXECUTION_OPTIONS_UPDATED",
        "NEXUS_OPERATION_SCHEDULED",
    )

    counted = count(event(kind) for kind in kinds)

    expected = {"update": 1, "signal": 2, "timer": 1, "options update": 1, "nexus operation": 1}
    assert expected == counted.actions


def test_a_child_is_two_actions():
    """Starting a workflow from another one is billed on both sides."""
    counted = count([event("START_CHILD_WORKFLOW_EXECUTION_INITIATED")])

    assert {"child workflow": 2} == counted.actions


def test_each_later_try_of_an_activity_is_an_action():
    """One that came through at its third try was scheduled once and tried twice more."""
    history = [
        event("ACTIVITY_TASK_SCHEDULED"),
        event("ACTIVITY_TASK_STARTED", attempt=3),
        event("ACTIVITY_TASK_COMPLETED"),
        event("ACTIVITY_TASK_SCHEDULED"),
        event("ACTIVITY_TASK_STARTED", attempt=1),
    ]

    assert {"activity": 2, "activity retry": 2} == count(history).actions


def test_local_activities_of_one_task_are_one_action():
    """Three markers of two tasks are two actions; a patch's marker is none."""
    history = [
        marker("core_local_activity", 4),
        marker("core_local_activity", 4),
        marker("core_local_activity", 9),
        marker("core_patch", 12),
    ]

    assert {"local activities of a task": 2} == count(history).actions


def test_an_upsert_is_an_action_and_a_patch_is_none():
    """What the SDK writes for a patch alone is not billed; together with ours it is."""
    patched = "TemporalChangeVersion"
    history = [upsert("PurchaseState", "WaitingFor"), upsert(patched), upsert(patched, "Mine")]

    assert {"search attributes": 2} == count(history).actions


def test_nothing_is_nothing():
    """An empty history has no kinds at all."""
    assert Count({}, {}) == count([])
