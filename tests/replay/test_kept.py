"""Every history that a release has kept goes on with today's flow."""

import asyncio

import pytest

from faults.histories.keeping import HISTORIES, kept, name_of, read, version
from faults.histories.replaying import replay
from ferryman.purchase.states import CancelReason, State
from workers.worker import WORKFLOWS

KEPT = list(kept())
STATES = [
    *(state.value for state in State if state is not State.CANCELLED),
    *(f"cancelled.{reason.value}" for reason in CancelReason),
]


@pytest.fixture(scope="module")
def replayed():
    """What is wrong with each, by path; a loop of its own, since all are replayed at once."""
    return asyncio.run(replay(KEPT))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{name_of(path)}")
def test_replays(replayed, path):
    """An order that stood there when that version ran can be carried on by this one."""
    assert None is replayed[path]


@pytest.mark.parametrize("state", STATES)
def test_state_is_kept(state):
    """This version has kept a history of each state, of each reason too; else `make histories`."""
    assert state in [name_of(path) for path in kept(HISTORIES / version())]


def test_every_workflow_is_kept():
    """This version has kept what runs beside the purchases too."""
    types = {_started(read(path)).workflow_type.name for path in kept(HISTORIES / version())}

    assert {"Purchase", "ParkedEvent", "Sweep", "Refund", "Return"} == types
    assert len(WORKFLOWS) == len(types)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{name_of(path)}")
def test_kept_under_its_name(path):
    """A history shows the state that it is kept for, and says nothing of the machine it ran on."""
    history = read(path)
    told = str(history.to_json())

    assert _state_at_its_end(history) in {None, name_of(path).split(".")[0]}
    assert "stackTrace" not in told
    # The server itself begins a task that it has to give up at once, under no name.
    assert {"ferryman", ""} >= {
        event.workflow_task_started_event_attributes.identity
        for event in history.events
        if event.HasField("workflow_task_started_event_attributes")
    }


def _started(history):
    return history.events[0].workflow_execution_started_event_attributes


def _state_at_its_end(history):
    """The state that was last made searchable; None for what is no purchase."""
    shown = [_started(history).search_attributes.indexed_fields] + [
        event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
        for event in history.events
    ]
    states = [each["PurchaseState"].data for each in shown if "PurchaseState" in each]
    return states[-1].decode().strip('"') if states else None
