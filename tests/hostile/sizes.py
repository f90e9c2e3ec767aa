"""How much is thrown: a little with every run of the suite, all of it where HOSTILE=full."""

import os

FULL = os.environ.get("HOSTILE") == "full"
REQUESTS = 20_000 if FULL else 1_500
TEXTS = 10_000 if FULL else 400
"""Generated texts for each of the parsers."""
FORGERIES = 5_000 if FULL else 800
SLOW = 200 if FULL else 60
SLOW_SECONDS = 30 if FULL else 7
SCHEMA_EXAMPLES = 40 if FULL else 6
OVERLOAD_SECONDS = 20 if FULL else 4
