"""`python -m ferryman.alive URL`: whether an address answers 200, for containers' health."""

import http.client
import sys
import urllib.request

_SECONDS = 3.0


def answers(url: str) -> bool:
    """Tell whether `url` gives 200 within three seconds."""
    try:
        # Only our own compose file says which address.
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310
            return bool(answer.status == http.client.OK)
    except (OSError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(not answers(sys.argv[1]))
