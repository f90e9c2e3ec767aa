"""The checklist names tests as proof: each of them has to exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "checklist.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", TABLE)
DUTIES = [f"CK-{number:02}" for number in range(1, 65)]
DUTIES += [f"XT-{number:02}" for number in range(1, 41)]
STATUS = r"proved by `tests/|the storefront's: |the merchant's: |out of scope: "


def defined_in(path: Path) -> set[str]:
    """The tests that a file defines, those of a class after its name."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        before = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {
            before + each.name
            for each in inner
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            and each.name.startswith("test_")
        }
    return found


def test_every_named_test_exists():
    """No row is proved by a test that is gone or has another name."""
    missing = [
        f"{path}::{name}"
        for path, name in NAMED
        if not (ROOT / path).exists() or name not in defined_in(ROOT / path)
    ]

    assert len(NAMED) > 100
    assert [] == missing


def test_every_duty_has_its_row():
    """Each of the 104 duties stands in the table once, in order, with its proof or the reason."""
    rows = re.findall(r"^\| ([CX][KT]-\d\d) \| .+? \| (.+) \|$", TABLE, re.MULTILINE)

    assert DUTIES == [row for row, _ in rows]
    assert [] == [row for row, status in rows if not re.match(STATUS, status)]
