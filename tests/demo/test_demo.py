"""The demo's own command, on a real Temporal, with some of its stories."""

from tests.demo.command import demo

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
    code, output = await demo(tmp_path, SECONDS, "stories", *chosen)

    assert 0 == code, output
    assert "Both ledgers agree on all 4 purchases." in output
