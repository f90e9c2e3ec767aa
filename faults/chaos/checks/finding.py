"""What one invariant came to: how much was looked at, and what was wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

CLAIMS: Final = {
    "I1": "every purchase comes to one of its ends, in one workflow",
    "I2": "one order for one submission, never two in force",
    "I3": "never more shipped and cancelled than ordered, nor asked for",
    "I4": "each shipment stands once in the provider's books",
    "I5": "captured is what was shipped, to the minor unit",
    "I6": "nothing ships before the order is accepted, nor is asked to",
    "I7": "no accepted order is left without a purchase",
    "I8": "our outcome is the one in the provider's books",
    "I9": "an acknowledged event is kept, and heard once",
    "I10": "purchases whose events were lost end as the others",
    "I11": "no forged, stale or altered event gets in",
    "I12": "states only move along the table",
    "I13": "one key is one purchase with one answer",
    "I14": "the provider's rate and its Retry-After are kept",
    "I15": "webhooks are answered in 2.0 s, calls in 9 s",
    "I16": "no secret and no personal data in Temporal's files, logs, metrics or answers",
    "I17": "every history replays",
    "I18": "histories stay small",
    "I19": "no 5xx but 503, no error logged, no process ends by itself",
    "I20": "every fault, kill and outcome really happened",
    "I21": "others are told of each fact once, without a gap",
    "I22": "each refund stands once in the books, and in both alike",
}
"""In the order in which they are told."""


@dataclass(frozen=True)
class Finding:
    """The result of one invariant."""

    name: str
    checked: int
    what: str
    """What was counted."""
    violations: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """What belongs to the figure; several seeds are added up."""
    slowest: Mapping[str, float] = field(default_factory=dict)
    """Seconds; of several seeds the slowest counts."""
    remark: str = ""

    @property
    def claim(self) -> str:
        """What the invariant says."""
        return CLAIMS[self.name]

    @property
    def details(self) -> str:
        """Everything that is to be said beside the figure."""
        told = [f"{count} {name}" for name, count in self.counts.items()]
        told += [f"slowest {name} {seconds:.2f} s" for name, seconds in self.slowest.items()]
        return ", ".join([*told, *([self.remark] if self.remark else [])])


def total(findings: Sequence[Finding]) -> Finding:
    """Add up the findings of one invariant over several seeds."""
    first = findings[0]
    return Finding(
        name=first.name,
        checked=sum(each.checked for each in findings),
        what=first.what,
        violations=tuple(one for each in findings for one in each.violations),
        counts=sum((Counter(each.counts) for each in findings), Counter()) or first.counts,
        slowest={name: max(each.slowest[name] for each in findings) for name in first.slowest},
        remark=first.remark,
    )
