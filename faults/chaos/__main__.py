"""`make chaos`: kill and cut off real processes while purchases go through; then read the books."""

import asyncio
import secrets
import tempfile
import time
from pathlib import Path
from shutil import rmtree
from typing import Annotated

import typer
from rich.console import Console

from demo.failures import DemoError
from demo.until_signal import run_until_signal

from .checks.every import examine
from .run import run
from .storm import Tell
from .verdict import Trial, brief_verdict, save, tell

_INTERRUPTED = 130
_WIDE = 140
_SEEDS = 3
_LARGEST_SEED = 1_000_000
_LAST_BREATH = 0.5

app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})


@app.command()
def main(
    seeds: Annotated[list[int] | None, typer.Argument(help="Three fresh ones without.")] = None,
    *,
    purchases: Annotated[int, typer.Option(min=20, help="How many in each seed.")] = 150,
    seconds: Annotated[float, typer.Option(min=20, help="How long the storm of a seed is.")] = 85,
    keep: Annotated[Path | None, typer.Option(help="Keep logs and databases there.")] = None,
    brief: Annotated[
        bool, typer.Option("--brief", help="Do not ask that each kind of fault was there (I20).")
    ] = False,
) -> None:
    """Run Ferryman's real processes under faults and check the invariants; 1 where one is broken.

    A seed decides what is done to processes and what shoppers want; so it can be repeated, though
    not to the millisecond.
    """
    wide = None if Console().is_terminal else _WIDE
    console = Console(highlight=False, width=wide)
    chosen = seeds or [secrets.randbelow(_LARGEST_SEED) for _ in range(_SEEDS)]
    console.print(f"seeds {' '.join(map(str, chosen))}")
    try:
        trials = run_until_signal(_all(console, chosen, purchases, seconds, keep))
    except DemoError as error:
        console.print(f"\n{error}", style="red", markup=False)
        raise typer.Exit(1) from error
    if trials is None:
        raise typer.Exit(_INTERRUPTED)
    raise typer.Exit(0 if tell(console, trials, brief=brief) else 1)


async def _all(
    console: Console, seeds: list[int], purchases: int, seconds: float, keep: Path | None
) -> list[Trial]:
    folder = keep or Path(tempfile.mkdtemp(prefix="ferryman-chaos-"))
    trials = []
    for seed in seeds:
        trials.append(await _one(console, seed, purchases, seconds, folder / f"seed-{seed}"))
        console.print(brief_verdict(trials[-1]))
    # The SDK's runtime aborts a process that ends in the same breath as its last call.
    await asyncio.sleep(_LAST_BREATH)
    if keep is None and not any(trial.broken for trial in trials):
        rmtree(folder)
    return trials


async def _one(console: Console, seed: int, purchases: int, seconds: float, folder: Path) -> Trial:
    began = time.monotonic()
    rmtree(folder, ignore_errors=True)
    facts = await run(seed, purchases, seconds, folder, _telling(console, seed, began))
    trial = Trial(facts, await examine(facts), time.monotonic() - began)
    save(trial, facts.place.logs)
    return trial


def _telling(console: Console, seed: int, began: float) -> Tell:
    def write(sentence: str) -> None:
        passed = time.monotonic() - began
        console.print(f"{passed:6.1f} s  seed {seed}  {sentence}", markup=False, soft_wrap=True)

    return write


if __name__ == "__main__":
    app()
