import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog
from temporalio import activity
from temporalio.testing import ActivityEnvironment

from ferryman import logs


@pytest.fixture(autouse=True)
def _former_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def _line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    written = capsys.readouterr().out.splitlines()
    assert len(written) == 1
    result: dict[str, object] = json.loads(written[0])
    return result


def test_structlog_in_json(capsys):
    """A line is one JSON object with its event, level and time in UTC."""
    logs.configure("info", "json")

    structlog.get_logger("api").info("webhook", outcome="taken")

    entry = _line(capsys)
    assert (entry["event"], entry["level"], entry["outcome"]) == ("webhook", "info", "taken")
    assert str(entry["timestamp"]).endswith("Z")


def test_standard_library_in_json(capsys):
    """A line of a library has the same shape."""
    logs.configure("info", "json")

    logging.getLogger("library").warning("disk is %s", "full")

    entry = _line(capsys)
    assert (
        entry["event"],
        entry["level"],
        entry["logger"],
    ) == ("disk is full", "warning", "library")


@pytest.mark.parametrize(
    "database", ["aiosqlite", "sqlalchemy.engine", "temporalio.worker._activity"]
)
def test_no_statement_is_logged(capsys, database):
    """What is written into a database or a history is not logged as well, at any level."""
    logs.configure("debug", "json")

    logging.getLogger(database).debug("INSERT INTO purchases VALUES ('clientSecret')")

    assert capsys.readouterr().out == ""


def test_traceback_stays_in_its_line(capsys):
    """A traceback is a field, so that a log of lines stays one."""
    logs.configure("info", "json")

    try:
        int("torn")
    except ValueError:
        structlog.get_logger().exception("failed")

    assert "ValueError: invalid literal" in str(_line(capsys)["exception"])


def test_level(capsys):
    """What is below the level is not written."""
    logs.configure("warning", "json")

    structlog.get_logger().info("quiet")
    logging.getLogger("library").info("quiet")

    assert capsys.readouterr().out == ""


def test_console_is_no_json(capsys):
    """For a terminal a line is plain text."""
    logs.configure("info", "console")

    structlog.get_logger().info("webhook", outcome="taken")

    written = capsys.readouterr().out
    assert "outcome=taken" in written
    assert not written.startswith("{")


def test_console_keeps_secrets_of_tracebacks(capsys):
    """A traceback on a terminal shows no values of variables."""
    logs.configure("info", "console")
    secret = "sk_" + "canary"

    try:
        int(secret[:0])
    except ValueError:
        structlog.get_logger().exception("failed")

    written = capsys.readouterr().out
    assert "ValueError" in written
    assert "sk_canary" not in written


async def test_activity_context(capsys):
    """A line from inside an activity names its workflow, activity and attempt."""
    logs.configure("info", "json")

    async def step() -> None:
        structlog.get_logger().info("from structlog")
        logging.getLogger("library").info("from the standard library")
        activity.logger.info("from the SDK")

    await ActivityEnvironment().run(step)

    entries = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    info = ActivityEnvironment().info
    expected = (info.workflow_id, info.activity_type, info.attempt)
    assert [
        ("from structlog", *expected),
        ("from the standard library", *expected),
        ("from the SDK", *expected),
    ] == [
        (each["event"], each["workflow_id"], each["activity"], each["attempt"]) for each in entries
    ]


@pytest.mark.parametrize(
    ("workflow_id", "named"),
    [
        ("purchase/p-1", {"purchase_id": "p-1"}),
        ("refund/p-1/r-1", {"purchase_id": "p-1"}),
        ("return/p-1/r-1", {"purchase_id": "p-1"}),
        ("parked-event/e-1", {"event_id": "e-1"}),
        ("sweep/purchases-2026-11-22T13:12:06Z", {}),
    ],
)
async def test_what_a_workflow_is_about(capsys, workflow_id, named):
    """A line from a workflow's course names the purchase or the event that the id tells of."""
    logs.configure("info", "json")
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, workflow_id=workflow_id)

    async def step() -> None:
        structlog.get_logger().info("done")

    await environment.run(step)

    line = _line(capsys)
    assert named == {name: line[name] for name in ("purchase_id", "event_id") if name in line}
