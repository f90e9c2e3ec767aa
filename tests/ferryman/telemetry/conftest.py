"""How much a figure has risen."""

from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

Figure = Callable[..., float]


@pytest.fixture
def risen() -> Figure:
    """Give a figure's rise since it was first asked for in this test."""
    before: dict[object, float] = {}

    def read(name: str, **labels: str) -> float:
        now = REGISTRY.get_sample_value(name, labels) or 0.0
        return now - before.setdefault((name, *labels.items()), now)

    return read
