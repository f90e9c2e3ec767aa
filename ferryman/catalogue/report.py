"""What a run has done, for the person who waits for it: progress, refused rows, a table."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from .rows import Refusal
from .sync import Done, Outcome

_WIDE = 100


class Report:
    """Counts the rows; refusals and the table go to stdout, the rest to stderr."""

    def __init__(self, name: str, *, dry_run: bool) -> None:
        self._name = name
        self._dry_run = dry_run
        self._out = _console(stderr=False)
        self._err = _console(stderr=True)
        self._progress = Progress(
            BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=self._err
        )
        self._counts: Counter[Done] = Counter()

    @property
    def refused(self) -> int:
        """How many rows were refused, by us or by Digital River."""
        return self._counts[Done.REFUSED]

    @contextmanager
    def progress(self, rows: int) -> Iterator[None]:
        """Show how many of `rows` are done with, where there is a terminal to show it on."""
        task = self._progress.add_task("rows", total=rows)
        if not self._err.is_terminal:
            yield
            return
        with self._progress:
            yield
            self._progress.update(task, refresh=True)

    def refusals(self, refused: Mapping[int, Refusal]) -> None:
        """Tell of the rows that are not sent at all."""
        for _, refusal in sorted(refused.items()):
            self._refuse(refusal)

    def tell(self, outcome: Outcome) -> None:
        """Take the result of a row that could be sent."""
        if outcome.done is Done.REFUSED:
            self._refuse(Refusal(outcome.row.line, outcome.row.product.id, outcome.reason))
        else:
            self._counts[outcome.done] += 1
        for task in self._progress.task_ids:
            self._progress.advance(task)

    def say(self, sentence: str) -> None:
        """Tell what went on."""
        self._err.print(sentence, markup=False, soft_wrap=True)

    def table(self) -> None:
        """Set out the counts."""
        title = f"{self._name} (dry run: nothing was sent)" if self._dry_run else self._name
        table = Table(title=title)
        for done in Done:
            table.add_column(done.value, justify="right")
        table.add_row(*(str(self._counts[done]) for done in Done))
        self._out.print(table)

    def _refuse(self, refusal: Refusal) -> None:
        self._counts[Done.REFUSED] += 1
        identity = f" {refusal.id}" if refusal.id else ""
        sentence = f"{self._name}:{refusal.line}:{identity} {refusal.reason}"
        # A row may hold anything, the terminal's own commands too.
        plain = "".join(each if each.isprintable() else "�" for each in sentence)
        self._out.print(plain, markup=False, soft_wrap=True)


def _console(*, stderr: bool) -> Console:
    """Make a console that does not fold its table where there is no terminal to fit."""
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=_WIDE)
