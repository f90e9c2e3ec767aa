"""Tells what was done, what came of it, and what was broken, so that anyone can read it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from .checks.counts import faults, happened, killed, kills, outcomes, webhooks
from .checks.finding import CLAIMS, Finding, total
from .facts import Facts

_SHOWN = 6
_LAST_CALLS = 14


@dataclass(frozen=True)
class Trial:
    """One seed with its results."""

    facts: Facts
    findings: Sequence[Finding]
    seconds: float

    @property
    def broken(self) -> list[Finding]:
        """The findings with violations."""
        return [finding for finding in self.findings if finding.violations]


def tell(console: Console, trials: Sequence[Trial], *, brief: bool) -> bool:
    """Print the whole verdict; True where nothing is broken."""
    findings = [total(each) for each in zip(*(one.findings for one in trials), strict=True)]
    if not brief:
        findings.append(happened([trial.facts for trial in trials]))
    console.print(_done(trials))
    console.print(_invariants(findings))
    for trial in trials:
        _explain(console, trial)
    broken = [finding.name for finding in findings if finding.violations]
    console.print(_in_one_line(trials, findings, broken), markup=False, soft_wrap=True)
    console.print(f"violated: {' '.join(broken) or 'none'}")
    return not broken


def brief_verdict(trial: Trial) -> str:
    """Tell of one seed in a line, as soon as it is over."""
    facts = trial.facts
    broken = " ".join(finding.name for finding in trial.broken) or "nothing"
    return (
        f"seed {facts.plan.seed}: {len(facts.books.evidence)} purchases, {killed(facts)} kills,"
        f" {faults(facts).total()} provider faults, broken: {broken}; {trial.seconds:.0f} s"
    )


def _done(trials: Sequence[Trial]) -> Table:
    table = Table(title="What was done, and what came of it", box=box.SIMPLE_HEAD)
    table.add_column("")
    for trial in trials:
        table.add_column(f"seed {trial.facts.plan.seed}", justify="right")
    table.add_column("together", justify="right")
    for heading, count in _COUNTED:
        counted = [count(trial.facts) for trial in trials]
        together = sum(counted, Counter())
        table.add_row(f"[bold]{heading}[/bold]", *_numbers([*counted, together]))
        if len(together) > 1:
            for name in sorted(together):
                numbers = (str(each[name]) for each in (*counted, together))
                table.add_row(f"  {name}", *numbers, style="dim")
    seconds = [trial.seconds for trial in trials]
    table.add_row("[bold]seconds[/bold]", *(f"{each:.0f}" for each in (*seconds, sum(seconds))))
    return table


def _numbers(counted: Sequence[Counter[str]]) -> Iterator[str]:
    return (str(each.total()) for each in counted)


_COUNTED: Sequence[tuple[str, Callable[[Facts], Counter[str]]]] = (
    ("purchases by outcome", outcomes),
    ("blows to processes", kills),
    ("provider faults", faults),
    ("webhooks", webhooks),
    ("forgeries and replays", lambda facts: facts.deeds.forged),
)


def _invariants(findings: Sequence[Finding]) -> Table:
    table = Table(title="Invariants", box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("claim", overflow="fold")
    table.add_column("checked", justify="right")
    table.add_column("violations", justify="right")
    for finding in findings:
        colour = "red" if finding.violations else "green"
        table.add_row(
            finding.name,
            CLAIMS[finding.name] + (f" [dim]({finding.details})[/dim]" if finding.details else ""),
            f"{finding.checked} {finding.what}",
            f"[{colour}]{len(finding.violations)}[/{colour}]",
        )
    return table


def _explain(console: Console, trial: Trial) -> None:
    """Print what is broken, with the evidence of the first purchases concerned."""
    for finding in trial.broken:
        console.print(f"\n{finding.name} ({finding.claim}), seed {trial.facts.plan.seed}:")
        for sentence in finding.violations[:_SHOWN]:
            console.print(f"  {sentence}", markup=False, soft_wrap=True)
        if len(finding.violations) > _SHOWN:
            console.print(f"  and {len(finding.violations) - _SHOWN} more")
    said = " ".join(one for finding in trial.broken for one in finding.violations)
    concerned = (one for one in trial.facts.books.evidence if f"{one.purchase_id}:" in said)
    for evidence in islice(concerned, _SHOWN):
        console.print(f"\n{evidence.purchase_id}, {evidence.purchase.get('state')}:")
        for line in (*_timeline(evidence.timeline), *_calls(evidence.ledger["requests"])):
            console.print(f"  {line}", markup=False, soft_wrap=True)
    if trial.broken:
        console.print(f"\nlogs and ledgers: {trial.facts.place.logs}", soft_wrap=True)


def _timeline(entries: Sequence[dict[str, object]]) -> Iterator[str]:
    for entry in entries:
        yield "{sequence:>3} {time} {kind:<6} {name} {detail}".format_map(entry)


def _calls(requests: Sequence[dict[str, object]]) -> Iterator[str]:
    for one in requests[-_LAST_CALLS:]:
        fault = f" [{one['fault']}]" if one["fault"] else ""
        late = f", later {one['lateStatus']}" if "lateStatus" in one else ""
        yield f"    {one['time']} {one['method']} {one['path']} {one['status']}{late}{fault}"


def _in_one_line(
    trials: Sequence[Trial], findings: Sequence[Finding], broken: Sequence[str]
) -> str:
    facts = [trial.facts for trial in trials]
    purchases = sum(len(each.books.evidence) for each in facts)
    deaths = sum(map(killed, facts))
    spoiled = sum(faults(each).total() for each in facts)
    violations = sum(len(finding.violations) for finding in findings)
    what = f"{violations} violations ({', '.join(broken)})" if broken else "0 violations"
    seeds = ", ".join(str(each.plan.seed) for each in facts)
    return (
        f"{purchases} purchases through {deaths} kills and {spoiled} provider faults"
        f" (seeds {seeds}): {what} of {len(findings)} invariants"
        f" in {sum(trial.seconds for trial in trials):.0f} s"
    )


def save(trial: Trial, folder: Path) -> None:
    """Keep what was broken, and the provider's ledger, beside the logs."""
    lines = [f"{one.name} {sentence}" for one in trial.broken for sentence in one.violations]
    (folder / "violations.txt").write_text("\n".join(lines) + "\n")
    (folder / "ledger.json").write_text(json.dumps(trial.facts.books.ledger, default=float))
