"""What the layer has tried, told at the end of the run."""

from collections import Counter

import pytest

TRIED = Counter()


@pytest.fixture(scope="session")
def tried() -> Counter:
    """Where the tests count what they try."""
    return TRIED


def pytest_terminal_summary(terminalreporter) -> None:
    """One line with the counts."""
    if TRIED:
        counts = ", ".join(f"{number:,} {what}" for what, number in TRIED.items())
        terminalreporter.write_line(f"properties: {counts}")
