"""Changes that open orders would not survive are caught before they are deployed; and which not."""

import json
from pathlib import Path

import pytest

from tests.replay.copies import ADDED, PATCHED, Edit, edited
from tests.running.command import ran

SUBJECTS = ("complete", "pending_payment", "disputed.held", "sweep")
"""A few that between them have taken all the steps below."""


SWAPPED = [
    Edit(
        "workflows/order.py",
        "    await look(case, reading)\n    if case.state not in FINAL | BEFORE_ORDER:\n"
        "        case.attempt.watching = watch(case)\n",
        "    case.attempt.watching = watch(case)\n    await asyncio.sleep(0)\n"
        "    await look(case, reading)\n",
    ),
    Edit(
        "workflows/order.py",
        "from temporalio import workflow\n",
        "import asyncio\n\nfrom temporalio import workflow\n",
    ),
]
DROPPED = [
    Edit(
        "workflows/checkout.py",
        "    await _build(case, case.request)\n    await case.publish()\n",
        "    await _build(case, case.request)\n",
    )
]
RENAMED = [Edit("activities/orders.py", 'name="create_order"', 'name="place_order"')]
ANOTHER_KIND = [
    Edit(
        "workflows/steps.py",
        "            return await workflow.execute_local_activity_method(\n",
        "            return await workflow.execute_activity_method(\n",
    )
]
ANOTHER_LENGTH = [
    Edit(
        "workflows/case.py",
        "return self.put_off or self.created + self.policy.checkout_window\n",
        "return self.put_off or self.created + 2 * self.policy.checkout_window\n",
    )
]
ANOTHER_ARGUMENT = [
    Edit(
        "workflows/record.py",
        "entries=tuple(self._unsaved),",
        "entries=(),",
    )
]


async def replayed(folder: Path, edits: list[Edit]) -> dict[str, str | None]:
    """What a copy of the source with these edits says of the histories."""
    over = await ran(
        folder, *("-m", "faults.histories.replaying", *SUBJECTS), **edited(folder, edits)
    )
    assert 0 == over.code, over.err
    lines = [json.loads(line) for line in over.out.splitlines() if line.startswith("{")]
    return {each["history"]: each["why"] for each in lines}


@pytest.mark.parametrize(
    "edits",
    [SWAPPED, DROPPED, ADDED, RENAMED, ANOTHER_KIND],
    ids=["swap", "drop", "add", "rename", "kind"],
)
async def test_incompatible_change_is_caught(tmp_path, edits):
    """A step swapped, dropped, added, renamed or taken another way is no longer the same story."""
    found = await replayed(tmp_path, edits)
    wrong = [each for each in found.values() if each is not None]

    assert len(SUBJECTS) == len(found)
    assert wrong
    assert all(each.startswith("NondeterminismError: ") for each in wrong)


@pytest.mark.parametrize(
    "edits",
    [[], PATCHED, ANOTHER_LENGTH, ANOTHER_ARGUMENT],
    ids=["none", "patched", "length", "argument"],
)
async def test_compatible_change_goes_on(tmp_path, edits):
    """A patched step goes on; so does another length or argument, which no replay looks at."""
    found = await replayed(tmp_path, edits)

    assert len(SUBJECTS) == len(found)
    assert {None} == set(found.values())
