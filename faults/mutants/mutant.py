"""A mistake that somebody could make, as the change of source that makes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class StaleMutant(ValueError):
    """The source has moved on and the change fits nowhere any more, or in several places."""


@dataclass(frozen=True)
class Edit:
    """One piece of source and what the mistake makes of it."""

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class Layer:
    """A command of the fault suite, and what its output says where it has caught a mistake."""

    name: str
    command: tuple[str, ...]
    """After the interpreter."""
    evidence: str
    """A pattern; a command that fails without it has failed for another reason."""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mutant:
    """One mistake, and the layers that should catch it, the cheapest first."""

    name: str
    mistake: str
    edits: tuple[Edit, ...]
    layers: tuple[Layer, ...]


def plant(mutant: Mutant, tree: Path) -> None:
    """Make the mistake in a tree of source; raises StaleMutant."""
    for edit in mutant.edits:
        path = tree / edit.path
        source = path.read_text()
        if (found := source.count(edit.before)) != 1:
            raise StaleMutant(f"{mutant.name}: {edit.path} has its place {found} times")
        path.write_text(source.replace(edit.before, edit.after))
