"""The command `self-test`: all checks at once, one line each, and what to do where one fails."""

import asyncio
import os
from collections.abc import Sequence
from enum import IntEnum

from dotenv import load_dotenv
from rich.console import Console
from rich.text import Text

from ferryman.secret_files import UnreadableSecret, read_secret_files
from ferryman.settings import Settings, SettingsError

from . import database, digital_river, secrets, temporal
from .finding import Finding, Verdict, good, wrong

SETTINGS = "settings"
_WIDTH = 24
_SIGNS = {Verdict.GOOD: "✓", Verdict.WRONG: "✗", Verdict.UNTOLD: "?"}
_WORDS = {Verdict.GOOD: "ok", Verdict.WRONG: "WRONG", Verdict.UNTOLD: "?"}
_COLOURS = {Verdict.GOOD: "green", Verdict.WRONG: "bold red", Verdict.UNTOLD: "yellow"}
# The SDK's runtime aborts the process where it ends in the same breath as its last call.
_LAST_BREATH_SECONDS = 0.3


class Exit(IntEnum):
    """How a self-test ended."""

    GOOD = 0
    WRONG = 1


def self_test() -> Exit:
    """Check what this environment says against what is out there, and tell it line by line."""
    load_dotenv(".env")
    try:
        read_secret_files(os.environ)
        found = asyncio.run(_look(Settings.read()))
    except (SettingsError, UnreadableSecret) as error:
        found = [wrong(SETTINGS, str(error), "correct the environment or .env: README.md")]
    console = Console(soft_wrap=True, highlight=False)
    for finding in found:
        _tell(console, finding)
    return Exit.WRONG if _any(found, Verdict.WRONG) else Exit.GOOD


async def _look(settings: Settings) -> Sequence[Finding]:
    provider, engine, records = await asyncio.gather(
        digital_river.findings(settings.digital_river),
        temporal.findings(settings.process.task_queue),
        database.findings(settings.process),
    )
    await asyncio.sleep(_LAST_BREATH_SECONDS)
    first = good(SETTINGS, "can be read")
    return [first, *secrets.findings(settings), *provider, *engine, *records]


def _any(found: Sequence[Finding], verdict: Verdict) -> bool:
    return any(each.verdict is verdict for each in found)


def _tell(console: Console, finding: Finding) -> None:
    signs = _SIGNS if console.is_terminal else _WORDS
    line = Text(f"{signs[finding.verdict]:<5} ", style=_COLOURS[finding.verdict])
    console.print(line, Text(f"{finding.subject:<{_WIDTH}}"), Text(finding.said), sep="")
    if finding.remedy:
        console.print(Text(f"{'':6}{'':{_WIDTH}}do: {finding.remedy}"))
