"""Logs of every process: structlog and the standard library in one shape, JSON or console."""

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

LogFormat = Literal["json", "console"]

# These say again at length what our own lines say, or what a client did wrong, or, as aiosqlite and
# the SDK's activities, all that is written by a statement or a step.
_QUIET = (
    *("aiohttp.access", "aiosqlite", "alembic", "asyncio", "sqlalchemy", "urllib3"),
    "temporalio.worker._activity",
)

_OF_PURCHASES = frozenset({"purchase", "refund", "return"})


def configure(level: str, log_format: LogFormat | None = None) -> None:
    """Send all logs of this process to stdout: JSON, or plain where stdout is a terminal."""
    console = log_format == "console" or (log_format is None and sys.stdout.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        add_temporal_context,
        _add_time,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    _install(_handler(sys.stdout, shared, console=console), level.upper())
    # The processor says where a line comes from; the SDK would say it again in the message.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False


def add_temporal_context(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Name the workflow, and the activity with its attempt, in whose course a line is written."""
    if activity.in_activity():
        step = activity.info()
        _name(event, step.workflow_id or "")
        event.setdefault("activity", step.activity_type)
        event.setdefault("attempt", step.attempt)
    elif workflow.in_workflow():
        _name(event, workflow.info().workflow_id)
    return event


def _name(event: EventDict, workflow_id: str) -> None:
    """Name the workflow, and the purchase or the event that it is about, as its id tells."""
    event.setdefault("workflow_id", workflow_id)
    kind, _, rest = workflow_id.partition("/")
    if kind in _OF_PURCHASES:
        event.setdefault("purchase_id", rest.partition("/")[0])
    elif kind == "parked-event":
        event.setdefault("event_id", rest)


def _add_time(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    # A line of the standard library is formatted later than it was written; inside a workflow the
    # clock may not be read at all.
    record: logging.LogRecord | None = event.get("_record")
    moment = datetime.now(UTC) if record is None else datetime.fromtimestamp(record.created, UTC)
    event["timestamp"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return event


def _handler(stream: TextIO, shared: Sequence[Processor], *, console: bool) -> logging.Handler:
    renderers: list[Processor] = (
        [_console(colors=stream.isatty())]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    return handler


def _console(*, colors: bool) -> Processor:
    # The richer tracebacks show the values of variables, and with them keys and addresses.
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
