"""All invariants of one seed, in their order."""

from collections.abc import Sequence

from faults.chaos.facts import Facts

from .answers import clean, idempotent, soon
from .books import losses, purchases
from .calls import protected
from .events import authentic, kept
from .finding import CLAIMS, Finding
from .histories import replayed
from .secrecy import secret


async def examine(facts: Facts) -> Sequence[Finding]:
    """Check everything that one seed alone can break; the processes have to be stopped."""
    findings = [
        *purchases(facts),
        losses(facts),
        kept(facts),
        authentic(facts),
        idempotent(facts),
        protected(facts),
        soon(facts),
        secret(facts),
        await replayed(facts),
        clean(facts),
    ]
    order = list(CLAIMS)
    return sorted(findings, key=lambda finding: order.index(finding.name))
