"""What the files of the monitoring say: their expressions, and the figures named in them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HOME = Path(__file__).parents[2]
FOLDER = HOME / "monitoring"
RULES = (FOLDER / "slo.yml", FOLDER / "alerts.yml")
DASHBOARD = FOLDER / "grafana" / "dashboards" / "ferryman.json"

_NAMED = re.compile(r"\b((?:ferryman|temporal)_[a-z_]+)(?:\{([^}]*)\})?")
_LABEL = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')


def rules() -> list[dict[str, Any]]:
    """All rules of all groups."""
    read = [yaml.safe_load(path.read_text()) for path in RULES]
    return [rule for file in read for group in file["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """Those that tell somebody."""
    return [rule for rule in rules() if "alert" in rule]


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana gets it."""
    read: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return read


def panels() -> list[dict[str, Any]]:
    """The dashboard's panels, those in rows too."""
    found: list[dict[str, Any]] = []
    for panel in dashboard()["panels"]:
        found += [panel, *panel.get("panels", [])]
    return found


def queries() -> Iterator[str]:
    """What the panels ask Prometheus."""
    for panel in panels():
        for target in panel.get("targets", []):
            yield target["expr"]


def named(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each figure that an expression names, with the labels that it chooses by."""
    for name, chosen in _NAMED.findall(expression):
        yield name, set(_LABEL.findall(chosen))
