"""Whether Digital River takes our key and version, agrees on the time, and sends us its events."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp
import structlog

from ferryman.digital_river.client import DigitalRiver
from ferryman.digital_river.errors import (
    DigitalRiverError,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    Unauthorized,
)
from ferryman.digital_river.models import Webhook
from ferryman.settings import DigitalRiverSettings

from .finding import Finding, good, untold, wrong

KEY, VERSION = "Digital River's key", "Digital River's version"
CLOCK, ENDPOINT = "clock", "webhook endpoint"
OUR_PATH = "/webhooks/digital-river"
NEEDED = frozenset(
    {
        "order.accepted",
        "order.blocked",
        "order.cancelled",
        "order.charge.failed",
        "order.chargeback",
        "order.complete",
        "order.credit_memo.created",
        "order.dispute",
        "order.dispute.resolved",
        "order.fulfilled",
        "order.invoice.created",
        "order.pending_payment",
        "order.refunded",
        "order.review_opened",
    }
)
"""Types that move a purchase; without one it waits for the next look at its order instead."""

_FORBIDDEN = 403
_BROKEN = 500


class _Clock:
    """Reads the time that Digital River's answers carry."""

    def __init__(self) -> None:
        self.apart: timedelta | None = None

    def tracing(self) -> aiohttp.TraceConfig:
        """What a session needs to have its answers read."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._read)
        return config

    async def _read(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        try:
            said = parsedate_to_datetime(end.response.headers.get("Date", ""))
        except ValueError:
            return
        self.apart = datetime.now(UTC) - said.replace(tzinfo=said.tzinfo or UTC)


async def findings(told: DigitalRiverSettings) -> list[Finding]:
    """Ask Digital River twice: for one order, and for its webhooks."""
    clock = _Clock()
    async with aiohttp.ClientSession(trace_configs=[clock.tracing()]) as session:
        digital_river = _client(session, told)
        try:
            await digital_river.list_orders(limit=1)
        except DigitalRiverError as error:
            return [*_refused(error, told), _clock(clock, told), untold(ENDPOINT, "not asked for")]
        return [
            good(KEY, f"accepted at {told.base_url}"),
            good(VERSION, f"{told.version} accepted"),
            _clock(clock, told),
            await _endpoint(digital_river),
        ]


def _client(session: aiohttp.ClientSession, told: DigitalRiverSettings) -> DigitalRiver:
    return DigitalRiver(
        session,
        base_url=told.base_url,
        api_key=told.api_key,
        version=told.version,
        timeout_seconds=told.timeout,
        # The report says what a failed call means; its log line would stand in between.
        log=structlog.wrap_logger(
            structlog.PrintLogger(),
            wrapper_class=structlog.make_filtering_bound_logger("critical"),
        ),
    )


def _refused(error: DigitalRiverError, told: DigitalRiverSettings) -> Iterable[Finding]:
    version = untold(VERSION, "not told where the key is not accepted")
    where = told.base_url
    match error:
        case Unauthorized(status=403):
            mend = "Dashboard, API keys: let it read and write orders, or take a confidential key"
            return wrong(
                KEY, f"{_FORBIDDEN}: known at {where}, but may not read orders", mend
            ), version
        case Unauthorized():
            mend = "copy the confidential key for this address into DIGITAL_RIVER_API_KEY"
            return wrong(KEY, f"{error.status}: not known at {where}", mend), version
        case InvalidRequest():
            mend = "set DIGITAL_RIVER_VERSION to the version that the Dashboard shows"
            refused = wrong(VERSION, f"{error.status}: {told.version} refused", mend)
            return untold(KEY, "not told where the version is refused"), refused
        case NotFound():
            mend = "correct DIGITAL_RIVER_BASE_URL"
            return wrong(KEY, f"404: {where} has no orders and is no Digital River", mend), version
        case TooManyRequests():
            return untold(KEY, "429: its rate is used up, so it is in use"), version
    return _unanswered(error, where), version


def _unanswered(error: DigitalRiverError, where: str) -> Finding:
    if error.status is None:
        mend = "check DIGITAL_RIVER_BASE_URL, the name service, and whether this host may go there"
        return wrong(
            KEY, f"no answer from {where}: {error.cause.partition(': ')[2] or error.cause}", mend
        )
    mend = "wait, and look at Digital River's status page" if error.status >= _BROKEN else ""
    mend = mend or "correct DIGITAL_RIVER_BASE_URL: something else answers there"
    return wrong(KEY, f"{where} answers {error.status}, not as Digital River does", mend)


def _clock(clock: _Clock, told: DigitalRiverSettings) -> Finding:
    if clock.apart is None:
        return untold(CLOCK, "no answer carries the time")
    apart, allowed = abs(clock.apart.total_seconds()), told.webhook_tolerance
    said = f"{apart:.0f} s from Digital River's, {allowed} s allowed"
    if apart > allowed:
        return wrong(CLOCK, said, "set this host's clock (NTP): each webhook is refused as stale")
    return good(CLOCK, said)


async def _endpoint(digital_river: DigitalRiver) -> Finding:
    try:
        webhooks = await digital_river.list_webhooks()
    except DigitalRiverError as error:
        # Not every key may, nor does every account have such a list.
        return untold(ENDPOINT, f"cannot be told: no list of webhooks ({error.status or 'lost'})")
    return _judged([each for each in webhooks if (each.address or "").endswith(OUR_PATH)])


def _judged(ours: list[Webhook]) -> Finding:
    if not ours:
        mend = f"Dashboard, Webhooks: add https://…{OUR_PATH} with all order and refund types"
        return wrong(ENDPOINT, f"none ends in {OUR_PATH}", mend)
    enabled = [each for each in ours if each.enabled is not False]
    if not enabled:
        mend = "enable it: docs/operating.md#webhook-disabled; the sweep finds what was missed"
        return wrong(ENDPOINT, f"{ours[0].address} is disabled", mend)
    missing = NEEDED.difference(*(each.types for each in enabled))
    if missing:
        mend = "add them to the webhook in the Dashboard"
        return wrong(ENDPOINT, f"does not send {', '.join(sorted(missing))}", mend)
    return good(ENDPOINT, f"{enabled[0].address}, enabled")
