"""Changes that open orders would not survive are caught before they are deployed; and which not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.replay.copies import ADDED, PATCHED, Edit, edited

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


def replayed(folder: Path, edits: list[Edit]) -> dict[str, str | None]:
    """What a copy of the source with these edits says of the histories."""
    finished = subprocess.run(  # noqa: S603 - this interpreter, on a copy of our own source
        [sys.executable, "-m", "faults.histories.replaying", *SUBJECTS],
        env=edited(folder, edits),
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in finished.stdout.splitlines() if line.startswith("{")]
    return {each["history"]: each["why"] for each in lines}


@pytest.mark.parametrize(
    "edits",
    [SWAPPED, DROPPED, ADDED, RENAMED, ANOTHER_KIND],
    ids=["swap", "drop", "add", "rename", "kind"],
)
def test_incompatible_change_is_caught(tmp_path, edits):
    """A step swapped, dropped, added, renamed or taken another way is no longer the same story."""
    found = replayed(tmp_path, edits)
    wrong = [each for each in found.values() if each is not None]

    assert len(SUBJECTS) == len(found)
    assert wrong
    assert all(each.startswith("NondeterminismError: ") for each in wrong)


@pytest.mark.parametrize(
    "edits",
    [[], PATCHED, ANOTHER_LENGTH, ANOTHER_ARGUMENT],
    ids=["none", "patched", "length", "argument"],
)
def test_compatible_change_goes_on(tmp_path, edits):
    """A patched step goes on; so does another length or argument, which no replay looks at."""
    found = replayed(tmp_path, edits)

    assert len(SUBJECTS) == len(found)
    assert {None} == set(found.values())
