"""How much is thrown: a little with every run of the suite, all of it where HOSTILE=full."""

import os

FULL = os.environ.get("HOSTILE") == "full"
REQUESTS = 20_000 if FULL else 1_000
TEXTS = 2_000 if FULL else 120
"""Generated texts for each of the dozen that read any."""
FORGERIES = 5_000 if FULL else 600
SLOW = 200 if FULL else 60
SLOW_SECONDS = 30 if FULL else 7
SCHEMA_EXAMPLES = 40 if FULL else 3
OVERLOAD_SECONDS = 20 if FULL else 3
PATIENCE = 1 if FULL else 5
"""The suite runs beside others: what is promised of a machine of one's own is not asked there."""
