import json
import os
import sys
from asyncio.subprocess import STDOUT
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.signing import UNSIGNED
from tests.hostile.sizes import FULL, SCHEMA_EXAMPLES
from tests.hostile.system import KEYS, System
from tests.running.command import begun, ended, told

pytestmark = pytest.mark.timeout(600)

_AT_RANDOM = ("--generation-database", "none", "--phases", "coverage,fuzzing")
_ALWAYS_THE_SAME = ("--generation-deterministic", "--phases", "fuzzing")
_CONFIG = f"""
[auth.openapi.key]
bearer = "{KEYS["operator"]}"

[auth.openapi.signature]
api_key = "{UNSIGNED}"
"""
"""All checks are on, as they are: what is said below is what no schema can say."""
_RULE = """
[[operations]]
include-name = "{operation}"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "429", "{status}"]
"""
_RULES = {
    "GET /purchases": ("422", "startingAfter has to be a purchase that there is"),
    "POST /purchases": ("422", "amounts have the currency's digits, no two lines have one id"),
    "PATCH /purchases/{id}": ("422", "the same"),
    "POST /purchases/{id}/refunds": ("422", "amounts have at most 15 digits"),
    "POST /webhooks/digital-river": ("400", "so have all numbers, wherever they stand"),
}
_OF_NOBODY = """
[parameters]
"path.id" = "nobodys"
"""
"""So a 422 is about the body alone, and never about the purchase that it does not fit."""
_OF_PURCHASES = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "422", "429"]
"""
"""Of a purchase that there is, lines, sources and quantities have to be its own."""


@dataclass(frozen=True)
class Verdict:
    """What Schemathesis has found."""

    code: int | None
    said: str
    report: dict[str, Any]

    @property
    def cases(self) -> int:
        """How many requests it has made."""
        return int(self.report["test_cases"]["generated"])

    @property
    def failures(self) -> list[str]:
        """What it holds against us."""
        return [f"{each['code']} {each['title']}" for each in self.report["failures"]]

    @property
    def accepted(self) -> set[str]:
        """The operations of which it was taken what it thinks sound."""
        rates = self.report["valid_rates"]
        return {
            operation
            for operation, phases in rates.items()
            if any(phase["accepted"] for phase in phases.values())
        }


async def _schemathesis(system: System, folder: Path, config: str, *options: str) -> Verdict:
    (folder / "schemathesis.toml").write_text(_CONFIG + config)
    report = folder / "report.json"
    process = await begun(
        folder,
        Path(sys.executable).parent / "schemathesis",
        "run",
        f"{system.api}/openapi.json",
        *("--checks", "all", "--max-examples", str(SCHEMA_EXAMPLES), "--request-timeout", "10"),
        *("--continue-on-failure", "--no-color"),
        *(_AT_RANDOM if FULL else _ALWAYS_THE_SAME),
        *("--report", "json", "--report-json-path", str(report)),
        *options,
        environment={**os.environ, **told(SCHEMATHESIS_HOOKS="tests.hostile.signing")},
        stderr=STDOUT,
    )
    over = await ended(process)
    return Verdict(over.code, over.out, json.loads(report.read_text()))


def _show(verdict: Verdict, capsys: pytest.CaptureFixture[str]) -> None:
    found = f"{verdict.cases} cases, {len(verdict.failures)} failures"
    with capsys.disabled():
        sys.stdout.write(f"\nSchemathesis: {found}\n")


async def test_bodies(system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What the OpenAPI document promises is so: all of Schemathesis' checks, none left out."""
    rules = "".join(
        _RULE.format(operation=operation, status=status)
        for operation, (status, _) in _RULES.items()
    )
    verdict = await _schemathesis(system, tmp_path, _OF_NOBODY + rules)
    _show(verdict, capsys)

    assert [] == verdict.failures, verdict.said
    assert 0 == verdict.code
    assert verdict.cases >= (2_000 if FULL else 50)


async def test_purchases(system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """So it is of the purchases that it has opened itself, and what it thinks sound is taken."""
    # A stream of one that there is would go on for ever.
    stream = ("--exclude-path", "/purchases/{id}/events")
    verdict = await _schemathesis(system, tmp_path, _OF_PURCHASES, *stream)
    _show(verdict, capsys)

    assert [] == verdict.failures, verdict.said
    assert 0 == verdict.code
    assert {"POST /purchases", "GET /purchases", "POST /webhooks/digital-river"} <= verdict.accepted
