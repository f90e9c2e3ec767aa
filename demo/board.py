"""Shows how far each story is: a live table on a terminal, and one line a step anywhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text


class Board:
    """The steps of all stories, each with its time since the start."""

    def __init__(self, console: Console, stories: Sequence[str]) -> None:
        self._console = console
        self._began = monotonic()
        self._latest = dict.fromkeys(stories, "")
        self._over: dict[str, Text] = {}
        self._width = max(map(len, stories), default=0)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the table while the stories play, where there is a terminal."""
        if not self._console.is_terminal:
            yield
            return
        # The lines of the steps scroll by above the table, which is drawn anew at each look.
        with Live(get_renderable=self._table, console=self._console, transient=True):
            yield

    def step(self, story: str, sentence: str) -> None:
        """Write down a step."""
        self._latest[story] = sentence
        elapsed = monotonic() - self._began
        line = f"{elapsed:5.1f} s  {story:<{self._width}}  {sentence}"
        self._console.print(line, markup=False, soft_wrap=True)

    def over(self, story: str, *, well: bool) -> None:
        """Write down that a story has ended."""
        self._over[story] = Text("done", "green") if well else Text("failed", "red")

    def _table(self) -> Table:
        done, elapsed = len(self._over), monotonic() - self._began
        table = Table(title=f"{done} of {len(self._latest)} stories, {elapsed:.0f} s", box=None)
        for story, sentence in self._latest.items():
            table.add_row(
                self._over.get(story, Text("…")), story, Text(sentence, overflow="ellipsis")
            )
        return table
