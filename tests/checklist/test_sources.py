"""What stands in the project's own files: links that lead somewhere, and no secret."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[0-9A-Za-z]{36}\b"
    rb"|\bsk_(?!test_)[0-9A-Za-z]{16,}"
    rb"|://[^/\s:@{}$<>'\"]+:[^/\s:@{}$<>'\"*]{8,}@(?!127\.0\.0\.1)"
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")


def sources() -> list[Path]:
    """The files that make the project: what git has, or without git all text beside .venv."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - the one on the PATH
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    found = [ROOT / name for name in names if name]
    kinds = ("*.py", "*.md", "*.toml", "*.yml", ".env*", "Makefile", "Dockerfile")
    others = [path for kind in kinds for path in ROOT.rglob(kind)]
    kept = found or [path for path in others if ".venv" not in path.parts]
    return [path for path in kept if path.is_file()]


def test_no_secret_is_written_down():
    """No key of the live mode, no private key, no password in an address."""
    found = [path for path in sources() if SECRETS.search(path.read_bytes())]

    assert len(sources()) > 100
    assert [] == found


@pytest.mark.parametrize(
    "written",
    [
        b"sk_" + b"0123456789abcdef0123",
        b"-----BEGIN RSA " + b"PRIVATE KEY-----",
        b"postgresql://ferryman:" + b"correct-horse@db.example.com",
    ],
)
def test_a_secret_would_be_seen(written):
    """What looks like one is found."""
    assert SECRETS.search(written)


def test_every_link_leads_somewhere():
    """Each document that another one names is there."""
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]

    assert [] == broken
