"""The command `sync-skus`: a file, the settings, and how the run ended."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from enum import IntEnum
from pathlib import Path

import aiohttp
import structlog
from sqlalchemy import make_url

from ferryman.digital_river.client import DigitalRiver, Pace
from ferryman.records import DatabasePace, Records, RecordsUnavailable
from ferryman.settings import ProcessSettings, Settings

from .check import Checked, check
from .pace import OwnPace
from .report import Report
from .rows import Format, Refusal, Row, UnreadableCatalogue, read_rows
from .sync import Stopped, Synchronisation


class Exit(IntEnum):
    """How a run ended."""

    DONE = 0
    REFUSED_ROWS = 1
    UNUSABLE = 2
    STOPPED = 3
    INTERRUPTED = 130


def sync_skus(path: Path, written: Format, settings: Settings, *, dry_run: bool) -> Exit:
    """Synchronise a file; each row that cannot be sent is told before the first call."""
    report = Report(path.name, dry_run=dry_run)
    if not path.is_file():
        report.say(f"{path}: no regular file, and it has to be read twice")
        return Exit.UNUSABLE
    try:
        checked = check(read_rows(path, written))
    except (OSError, UnreadableCatalogue) as error:
        report.say(f"{path}: {error}")
        return Exit.UNUSABLE
    report.refusals(checked.refused)
    try:
        with report.progress(checked.good):
            asyncio.run(_send(_good(path, written, checked), settings, report, dry_run=dry_run))
    except KeyboardInterrupt:
        report.say("Interrupted: the next run goes on from here.")
        return Exit.INTERRUPTED
    except (Stopped, RecordsUnavailable) as error:
        report.say(f"Stopped: {error}. The next run goes on from here.")
        return Exit.STOPPED
    finally:
        report.table()
    return Exit.REFUSED_ROWS if report.refused else Exit.DONE


def _good(path: Path, written: Format, checked: Checked) -> Iterator[Row]:
    """Read the file once more, for only the ids of its rows were kept.

    Raises Stopped where it holds other rows by now.
    """
    left = checked.good
    try:
        for row in read_rows(path, written):
            if not isinstance(row, Refusal) and row.line not in checked.refused:
                left -= 1
                if left < 0:
                    break
                yield row
    except (OSError, UnreadableCatalogue) as error:
        raise Stopped(f"{path.name} cannot be read any more: {error}") from error
    if left:
        raise Stopped(f"{path.name} has changed while it was read")


async def _send(rows: Iterator[Row], settings: Settings, report: Report, *, dry_run: bool) -> None:
    told = settings.digital_river
    async with _pace(settings) as pace, aiohttp.ClientSession() as session:
        digital_river = DigitalRiver(
            session,
            base_url=told.base_url,
            api_key=told.api_key,
            version=told.version,
            timeout_seconds=told.timeout,
            pace=pace,
            log=structlog.wrap_logger(
                structlog.PrintLogger(sys.stderr),
                [structlog.stdlib.add_log_level, structlog.processors.JSONRenderer(default=str)],
                wrapper_class=structlog.make_filtering_bound_logger(
                    settings.process.log_level.upper()
                ),
            ),
        )
        await Synchronisation(digital_river, report.tell, dry_run=dry_run).run(rows)


@asynccontextmanager
async def _pace(settings: Settings) -> AsyncIterator[Pace]:
    """Share the workers' pace where there is a database; a catalogue may come before any."""
    if not _has_database(settings.process):
        yield OwnPace(settings.digital_river.rate_limit)
        return
    records = await Records.open(settings.process.database_url.get_secret_value())
    try:
        await records.migrate()
        yield DatabasePace(records.engine, settings.digital_river.rate_limit)
    finally:
        await records.close()


def _has_database(process: ProcessSettings) -> bool:
    if "database_url" in process.model_fields_set:
        return True
    file = make_url(process.database_url.get_secret_value()).database
    return file is not None and Path(file).exists()
