"""The table at the end of a run."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.crashes.crossing import Way
from tests.crashes.stage import Outcome


def table(clean: Sequence[Outcome], outcomes: Sequence[Outcome], seed: int) -> Iterator[str]:
    """Lives, crossings, cases by way, violations, seconds and seed."""
    single = [one for one in outcomes if len(one.case.faults) == 1]
    pairs = len(outcomes) - len(single)
    crossed = {(one.case.life, crossing) for one in clean for crossing in one.crossed}
    violations = sum(len(one.problems) for one in outcomes)
    began = min(one.began for one in [*clean, *outcomes])
    ended = max(one.began + one.seconds for one in outcomes)
    yield (
        f"crashes: {len(clean)} lives, {len(crossed)} crossings, {len(single)} cases of one fault, "
        f"{pairs} of two (seed {seed}), {violations} violations, {ended - began:.0f} s"
    )
    struck = Counter(fault.way for one in outcomes for fault in one.struck)
    yield "  struck: " + ", ".join(f"{way} {struck[way]}" for way in Way)
    lives = Counter(one.case.life for one in outcomes)
    yield "  lives: " + ", ".join(f"{life} {number}" for life, number in lives.items())
    missed = [str(one.case) for one in outcomes if one.missed]
    if missed:
        yield f"  {len(missed)} had a fault that found no crossing, as {missed[0]}"
    for one in outcomes:
        for problem in one.problems:
            yield f"  {one.case}: {problem}"
    if violations:
        yield "  one of them again: make crashes CASE='<its name>'"
