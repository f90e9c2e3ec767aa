"""The packages that run are this project's."""

import importlib
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "name", ["workflows", "activities", "workers", "api", "shop", "ferryman", "demo", "faults"]
)
def test_package_is_ours(name):
    """Other projects install packages of these names; ours are imported."""
    module = importlib.import_module(name)

    assert module.__file__ is not None
    assert HOME / name == Path(module.__file__).parent
