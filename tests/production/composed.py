"""`docker-compose.yml` as Docker's program reads it, and the files that stand beside it."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
OURS = ("api", "worker", "codec", "sandbox")
"""The services that run a process of ours from our image."""
_VARIABLE = re.compile(r"\$\{(\w+)[^}]*\}")
_TOLD = re.compile(r"^#? ?([A-Z][A-Z0-9_]+)=", re.MULTILINE)

Service = dict[str, Any]


def compose() -> dict[str, Any]:
    """The whole file."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def services() -> dict[str, Service]:
    """The services, with what they share merged in."""
    return compose()["services"]


def interpolated() -> set[str]:
    """The variables that the file takes from `.env`, with a value or handed on as they are."""
    text = (ROOT / "docker-compose.yml").read_text()
    handed_on = {
        name
        for service in services().values()
        for name, value in service.get("environment", {}).items()
        if value is None
    }
    return handed_on | set(_VARIABLE.findall(text.replace("$$", "")))


def example() -> set[str]:
    """The variables that `.env.example` names."""
    return set(_TOLD.findall((ROOT / ".env.example").read_text()))


def dockerfile() -> list[list[str]]:
    """The stages of the Dockerfile, each a list of its instructions on one line."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    starts = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    return [lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
