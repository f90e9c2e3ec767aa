"""Signing notices, so that their receiver knows who sent them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from standardwebhooks import Webhook


def signed(notice_id: str, body: str, secrets: Sequence[str], at: datetime) -> Mapping[str, str]:
    """The headers of Standard Webhooks for one attempt at `at`, an aware UTC time.

    Every secret signs, so that a receiver may change over from one to the next at its leisure.
    """
    signatures = (
        Webhook(secret).sign(msg_id=notice_id, timestamp=at, data=body) for secret in secrets
    )
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
