"""What can go wrong with the local system, each told in a sentence that a person can act on.

DemoError
├── PortBusyError          another program listens where we have to
├── SettingError      a variable says something that this command cannot do
├── ChildDiedError         a process ended by itself
├── NotReadyError          a process runs but never said that it is ready
└── StoryError       a purchase went another way than its story says
"""

from collections.abc import Sequence
from pathlib import Path


class DemoError(Exception):
    """Anything that ends this command with its message and without a stack."""


class PortBusyError(DemoError):
    """Another program listens where we have to."""

    def __init__(self, port: int, variable: str) -> None:
        super().__init__(
            f"port {port} is in use by another program; free it, or set {variable} to another"
        )


class SettingError(DemoError):
    """A variable says something that this command cannot do."""


class ChildDiedError(DemoError):
    """A process ended by itself."""

    def __init__(self, name: str, code: int, log: Path, tail: Sequence[str]) -> None:
        super().__init__(_with_log(f"{name} ended by itself with exit code {code}", log, tail))


class NotReadyError(DemoError):
    """A process runs but never said that it is ready."""

    def __init__(self, name: str, seconds: float, log: Path, tail: Sequence[str]) -> None:
        super().__init__(_with_log(f"{name} was not ready within {seconds:.0f} s", log, tail))


class StoryError(DemoError):
    """A purchase went another way than its story says."""


def _with_log(sentence: str, log: Path, tail: Sequence[str]) -> str:
    said = "\n".join(f"    {line}" for line in tail) or "    (nothing)"
    return f"{sentence}\n  the end of {log}:\n{said}"
