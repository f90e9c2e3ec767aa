"""Showing a record in passing: at once and for nothing, but not for sure."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.records import Saving

SHOW = "ferryman_show"


def show(saving: Saving) -> None:
    """Have the worker write this version, outside of the history; a replay writes nothing."""
    if not workflow.unsafe.is_replaying():
        workflow.extern_functions()[SHOW](saving)
