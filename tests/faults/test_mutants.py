"""The planted mistakes fit the source as it is now, and are still programs."""

import ast
import shutil
from pathlib import Path

import pytest

from faults.mutants.catalogue import MUTANTS
from faults.mutants.mutant import plant

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mistake_can_be_planted(mutant, tmp_path):
    """Each edit has exactly one place, changes it, and leaves Python behind."""
    paths = {edit.path for edit in mutant.edits}
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    plant(mutant, tmp_path)
    planted = {path: (tmp_path / path).read_text() for path in paths}

    assert all(ast.parse(source) for source in planted.values())
    assert not [path for path, source in planted.items() if (ROOT / path).read_text() == source]
