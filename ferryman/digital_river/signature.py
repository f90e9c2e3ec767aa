"""The signature on a webhook: how Digital River makes it and how a receiver checks it.

Digital River's pages promise a signature with a signed timestamp but not its layout; this is the
layout that its own storefront connector checks.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

HEADER = "DigitalRiver-Signature"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = re.compile(r"[0-9]{1,13}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,18}(Z|[+-][0-9]{2}:?[0-9]{2})", re.ASCII)
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)
# Seconds have ten digits until the year 2286; milliseconds have had twelve since 1973.
_FIRST_MILLISECONDS = 10**11
_LONGEST_HEADER = 1024


class SignatureError(Exception):
    """The request was not signed by a holder of the secret, or not lately."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Give the header's value, `<timestamp>, <base64 HMAC-SHA256>`."""
    return f"{timestamp}, {_digest(secret, timestamp, body).decode()}"


def verify(
    header: str, body: bytes, secrets: Sequence[str], *, now: datetime, tolerance: timedelta
) -> None:
    """Raise SignatureError, and nothing else, unless one of the secrets signed this body lately.

    While a secret is rotated the header carries a signature for each, after one timestamp, which
    may be in seconds, milliseconds or ISO 8601. It may lie `tolerance` before or after `now`. What
    is no signature beside them does not count.
    """
    timestamp, signatures = _lately(header, now=now, tolerance=tolerance)
    matched = False
    # Every pair is compared, so that the time taken does not tell which secret was near.
    for secret in filter(None, secrets):
        expected = _digest(secret, timestamp, body)
        for signature in signatures:
            matched |= hmac.compare_digest(expected, signature)
    if not matched:
        raise SignatureError("no secret gives one of the signatures")


def check_header(header: str, *, now: datetime, tolerance: timedelta) -> None:
    """Raise SignatureError for a header that can sign no body at all, or none lately."""
    _lately(header, now=now, tolerance=tolerance)


def _lately(header: str, *, now: datetime, tolerance: timedelta) -> tuple[str, list[bytes]]:
    timestamp, signatures = _parts(header)
    if abs(now - _moment(timestamp)) > tolerance:
        raise SignatureError("the timestamp is too far from now")
    return timestamp, signatures


def _digest(secret: str, timestamp: str, body: bytes) -> bytes:
    key = secret.encode("utf-8", "surrogateescape")
    message = timestamp.encode("ascii") + b"." + body
    return base64.b64encode(hmac.digest(key, message, "sha256"))


def _parts(header: str) -> tuple[str, list[bytes]]:
    if not header.isascii() or len(header) > _LONGEST_HEADER:
        raise SignatureError("the header is not plain or too long")
    timestamp, *parts = (part.strip(" ") for part in header.split(","))
    # A doubled header arrives joined: its second timestamp is one of the parts that do not count.
    formed = [each.encode("ascii") for each in parts if _SIGNATURE.fullmatch(each)]
    if not formed:
        raise SignatureError("the header is not a timestamp followed by signatures")
    return timestamp, formed


def _moment(timestamp: str) -> datetime:
    if _DIGITS.fullmatch(timestamp):
        number = int(timestamp)
        if number >= _FIRST_MILLISECONDS:
            return _EPOCH + timedelta(milliseconds=number)
        return _EPOCH + timedelta(seconds=number)
    if not _DATE.fullmatch(timestamp):
        raise SignatureError("the timestamp is of no known form")
    try:
        return datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise SignatureError("the timestamp is of no known form") from error
