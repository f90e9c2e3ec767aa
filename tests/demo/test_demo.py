"""The demo's own command, on a real Temporal, with some of its stories."""

import asyncio
import sys

STORIES = (
    "card-declined-then-another-card",
    "customer-cancels",
    "refund-of-a-wire-transfer",
    "prebuilt-checkout",
)
SECONDS = 60


async def test_stories_end_with_equal_ledgers(tmp_path):
    """The command brings the system up, plays, compares, stops everything and exits 0."""
    chosen = [part for story in STORIES for part in ("--only", story)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demo", "stories", *chosen),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()

    assert process.returncode == 0, output.decode()
    assert "Both ledgers agree on all 4 purchases." in output.decode()
