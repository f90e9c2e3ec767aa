import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.hostile.sizes import FULL, SCHEMA_EXAMPLES
from tests.hostile.system import KEYS, System

_ROOT = Path(__file__).parents[2]
_BODIES = ("PATCH /purchases/{id}", "POST /purchases")
_CONFIG = f"""
[auth.openapi.key]
bearer = "{KEYS["operator"]}"
"""


async def test_schemathesis(system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What the OpenAPI document promises is so: all of Schemathesis' checks, none left out."""
    (tmp_path / "schemathesis.toml").write_text(_CONFIG)
    report = tmp_path / "report.json"
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{system.api}/openapi.json",
        *("--checks", "all", "--max-examples", str(SCHEMA_EXAMPLES), "--request-timeout", "10"),
        *("--exclude-path", "/purchases/{id}/events"),
        *("--continue-on-failure", "--generation-database", "none", "--no-color"),
        *(() if FULL else ("--generation-deterministic", "--phases", "examples,coverage,fuzzing")),
        *("--report", "json", "--report-json-path", str(report)),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(_ROOT), "SCHEMATHESIS_HOOKS": "tests.hostile.signing"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    with capsys.disabled():
        sys.stdout.write(said.decode()[-20_000:])

    assert 0 == process.returncode
    assert json.loads(report.read_text())
