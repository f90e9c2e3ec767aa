# ruff: noqa: INP001 - run by its path while an image is built
"""The part of a lock that some packages need: reads pip's report, prints lines with hashes."""

import json
import re
import sys
from pathlib import Path

_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?:.*\\\n)*.*\n", re.MULTILINE)


def canonical(name: str) -> str:
    """Write a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str, needed: set[str]) -> str:
    """Give the lock's entries for these packages; KeyError, naming it, where one is missing."""
    entries = {canonical(each["name"]): each[0] for each in _ENTRY.finditer(lock)}
    return "".join(entries[name] for name in sorted(needed))


if __name__ == "__main__":
    report = json.load(sys.stdin)
    names = {canonical(each["metadata"]["name"]) for each in report["install"]}
    sys.stdout.write(locked(Path(sys.argv[1]).read_text(), names))
