"""Whether the secrets of this environment are fit for their work; none of them is shown."""

from datetime import UTC, datetime, timedelta

from ferryman.digital_river import signature
from ferryman.settings import DEVELOPMENT_KEY, Settings

from .finding import Finding, good, wrong

WEBHOOK_SECRETS, API_KEYS = "webhook secrets", "API keys"
SHORTEST = 24
"""Characters; Standard Webhooks asks for as many bytes, and guessing begins below."""

_SAMPLE = b'{"type": "order.accepted"}'
_AT_ONCE = timedelta(seconds=1)


def findings(settings: Settings) -> list[Finding]:
    """Look at the webhook secrets and at the keys of the API."""
    return [_webhook_secrets(settings), _api_keys(settings)]


def _webhook_secrets(settings: Settings) -> Finding:
    secrets = settings.digital_river.secrets
    short = [number for number, each in enumerate(secrets, 1) if len(each) < SHORTEST]
    if short:
        mend = "copy it whole from the Dashboard into DIGITAL_RIVER_WEBHOOK_SECRETS"
        which = ", ".join(map(str, short))
        return wrong(WEBHOOK_SECRETS, f"number {which} has less than {SHORTEST} characters", mend)
    unfit = [number for number, each in enumerate(secrets, 1) if not _verifies(each)]
    if unfit:
        mend = "give only what the Dashboard shows, commas between several"
        return wrong(WEBHOOK_SECRETS, f"number {', '.join(map(str, unfit))} verifies nothing", mend)
    return good(WEBHOOK_SECRETS, f"{len(secrets)}, each verifies what it signs")


def _verifies(secret: str) -> bool:
    now = datetime.now(UTC)
    try:
        header = signature.sign(secret, str(int(now.timestamp())), _SAMPLE)
        signature.verify(header, _SAMPLE, [secret], now=now, tolerance=_AT_ONCE)
    except (signature.SignatureError, UnicodeError):
        return False
    return True


def _api_keys(settings: Settings) -> Finding:
    keys = settings.api.keys
    open_to_all = DEVELOPMENT_KEY.digest in {key.digest for key in keys}
    # In the clear it is the sandbox; beyond loopback the settings have refused the key already.
    if open_to_all and not settings.digital_river.base_url.startswith("http:"):
        mend = "give FERRYMAN_API_KEYS of your own: a proxy before the API would let anyone in"
        return wrong(API_KEYS, "the key that the source shows opens a real Digital River", mend)
    shown = ", ".join(f"{key.name} ({key.scope})" for key in keys)
    return good(API_KEYS, f"{shown}; {settings.api.host}")
