"""The client log: every call that was made to Ferryman from outside, and what came back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Who = Literal["merchant", "forger"]


@dataclass(frozen=True)
class Said:
    """One call; `status` is None where no answer came."""

    who: Who
    began: float
    """Seconds since 1970."""
    seconds: float
    method: str
    path: str
    purchase_id: str
    status: int | None
    body: bytes = b""
    key: str | None = None
    """The idempotency key, where one was sent."""
    other_body: bool = False
    """Whether the key had come with something else before."""
    note: str = ""
    """What the call was meant as, or why no answer came."""

    @property
    def ended(self) -> float:
        """When the answer was there."""
        return self.began + self.seconds


class Journal:
    """All calls of a run, in the order of their answers."""

    def __init__(self) -> None:
        self.calls: list[Said] = []

    def write(self, said: Said) -> None:
        """Enter a call."""
        self.calls.append(said)

    def of(self, purchase_id: str) -> Iterator[Said]:
        """The calls that were about a purchase."""
        return (said for said in self.calls if said.purchase_id == purchase_id)

    def save(self, file: Path) -> None:
        """Keep it for whoever wants to read what happened."""
        with file.open("w") as lines:
            for said in sorted(self.calls, key=lambda each: each.began):
                told = {**vars(said), "body": said.body.decode(errors="replace")[:2000]}
                lines.write(json.dumps(told) + "\n")
