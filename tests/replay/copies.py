"""Copies of the flow's source with something changed in them."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from faults.histories.keeping import ROOT


@dataclass(frozen=True)
class Edit:
    """One change of the source: what stands there, and what would."""

    file: str
    before: str
    after: str


ADDED = [
    Edit(
        "workflows/purchase.py",
        "            await checkout.build(case)\n            self._built = True\n",
        "            await workflow.sleep(1)\n            await checkout.build(case)\n"
        "            self._built = True\n",
    )
]
"""A step more at the beginning, which no open purchase has taken."""


def edited(folder: Path, edits: list[Edit]) -> dict[str, str]:
    """Copy what a flow is made of into the folder, changed; the environment that runs it."""
    for package in ("workflows", "activities"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    for edit in edits:
        file = folder / edit.file
        text = file.read_text()
        assert 1 == text.count(edit.before), f"{edit.file} is otherwise: adapt this edit"
        file.write_text(text.replace(edit.before, edit.after))
    return {"PATH": os.environ["PATH"], "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
