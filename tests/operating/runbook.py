"""The runbook as its tests read it: its commands, its views, its sections."""

import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent.parent.parent / "docs" / "operating.md"
TEXT = FILE.read_text(encoding="utf-8")
SETUP = "setup"
_BLOCK = re.compile(r"^```(\w*) ?([\w-]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ACTS = re.compile(
    r"operate |ask .*(-d|-X POST)|river .*-X PATCH|temporal workflow (update|signal|cancel)"
    r"|temporal activity|temporal schedule (trigger|toggle)|temporal operator .* create"
    r"|python -m ferryman (erase|rewrap)|pg_restore --clean"
)


@dataclass(frozen=True)
class Block:
    """One fenced block of the runbook."""

    name: str
    commands: tuple[str, ...]


def blocks() -> dict[str, Block]:
    """Every block of commands by its name; a block without a name or a name twice is an error."""
    found: dict[str, Block] = {}
    for language, name, body in _BLOCK.findall(TEXT):
        assert (language, bool(name)) == ("sh", True), f"a block that nobody runs: {body}"
        assert name not in found, f"two blocks are named {name}"
        found[name] = Block(name, tuple(body.strip().splitlines()))
    return found


def is_act(command: str) -> bool:
    """True where a command changes something."""
    return bool(_ACTS.match(command))


def views() -> dict[str, str]:
    """The saved views, by name."""
    table = TEXT.partition("## Views")[2].partition("## One purchase")[0]
    return dict(re.findall(r"^\| ([^|]+) \| `([^`]+)` \|$", table, re.MULTILINE))


def queries() -> list[str]:
    """What the sections say one finds their purchases by."""
    return re.findall(r"Find: `([^`]+)`", TEXT)


def anchors(text: str = TEXT) -> set[str]:
    """Where a link into the runbook, or another page, may lead."""
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE
    )
    made = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
    return made | set(re.findall(r'<a id="([\w-]+)"></a>', text))
