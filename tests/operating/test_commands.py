"""Every command of the runbook is run against a whole Ferryman, the acts twice."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.operating import situations as at
from tests.operating.runbook import FILE, SETUP, TEXT, anchors, blocks, is_act, queries, views
from tests.operating.stage import staged
from workflows.reasons import REASONS

ROOT = Path(__file__).parent.parent.parent
LINKING = (
    *(ROOT / "monitoring").glob("*.yml"),
    *(ROOT / "ferryman" / "selftest").glob("*.py"),
    *(ROOT / "docs").glob("*.md"),
)
NOW = "2026-11-22T12:00:00Z"
STANDS = re.compile("already completed|already paused")
"""What Temporal says to a second act where the first one stands or has ended its workflow."""
TEST = "ok +worker"
QUEUE = "Poller"
ROWS = "Purchase|^$"
VIEW = '"waitingFor"'


@dataclass(frozen=True)
class Case:
    """The situation that a block is for, and what each of its commands prints."""

    situation: Any
    words: tuple[str, ...]
    ends_as: str = ""
    """The state that a purchase reaches after an act that does not wait for it."""


CASES: Mapping[str, Case] = {
    "first-look": Case(at.accepted, (TEST, "ok", QUEUE, ROWS, "", '"data"')),
    "one-purchase": Case(
        at.accepted, (VIEW, '"accepted"', "HistoryLength", "accepted", "ExecutionStarted")
    ),
    "acts": Case(at.accepted, (VIEW, VIEW, VIEW)),
    "acts-by-cli": Case(at.accepted, ("hold-by-erika-1", "release-by-erika-1")),
    "cancel": Case(at.accepted, ('"cancelled"|"cancellation"',)),
    "review-overdue": Case(at.reviewed_too_long, ('"in_review"', '"cancelled"')),
    "capture-failed": Case(at.uncaptured, ('"capture_failed"', VIEW)),
    "late-payment": Case(at.paid_late, ('"cancelled"',)),
    "late-payment-kept": Case(at.paid_late, ('"cancelled"', '"accepted"')),
    "unpaid-order-not-cancelled": Case(at.left_unpaid, ('"cancelled"',)),
    "cancellation-refused": Case(at.not_cancelled, ("cancellation_refused", VIEW)),
    "cancellation-failed": Case(at.not_released, ('"state"',)),
    "shipment-refused": Case(at.not_shipped, ('"parcel-1"',)),
    "chargeback": Case(at.accepted, (VIEW,)),
    "unknown-order": Case(at.accepted, ('"accepted"', '"upstreamId"')),
    "provider-key-refused": Case(at.anything, ("ok +Digital River's key",)),
    "provider-refuses": Case(at.step_failing, ("Pending Activities", VIEW)),
    "provider-differs": Case(at.accepted, (VIEW,)),
    "order-not-found": Case(at.order_hidden, ('"data"', '"accepted"')),
    "interrupted": Case(at.accepted, ('"data"', VIEW)),
    "shipment-doubled": Case(at.shipped, ('"shipmentId"',)),
    "refund-failed": Case(at.shipped, ('"data"', '"second-try"')),
    "refund-doubled": Case(at.shipped, ('"data"',)),
    "return-refused": Case(at.shipped, ('"data"',)),
    "needs-attention": Case(at.reviewed_too_long, (ROWS, '"review_overdue"')),
    "purchase-overdue": Case(at.reviewed_too_long, (ROWS,)),
    "step-fails": Case(at.step_failing, (ROWS, "fulfill", VIEW)),
    "money-steps-slow": Case(at.anything, (QUEUE,)),
    "flow-fails": Case(at.opened, ("", "WorkflowExecutionStarted", TEST)),
    "non-determinism": Case(at.anything, ("",)),
    "provider-away": Case(at.anything, (TEST, "")),
    "provider-untrusted": Case(at.anything, (TEST, "UTC")),
    "provider-limits-rate": Case(at.anything, ("Total",)),
    "no-pollers": Case(at.anything, (QUEUE, "")),
    "tasks-wait": Case(at.anything, (QUEUE,)),
    "process-down": Case(at.anything, ("ok", "ok")),
    "no-process": Case(at.anything, (TEST,)),
    "version-idle": Case(at.anything, ("",)),
    "temporal-away": Case(at.new_namespace, ("SERVING", "default", "amespace")),
    "search-attributes-missing": Case(at.anything, ("PurchaseState", "")),
    "temporal-refuses-load": Case(at.anything, ("sqlite", "Total")),
    "message-too-large": Case(at.opened, ("HistorySize",)),
    "database-away": Case(at.anything, ("ok +database", "")),
    "no-webhook-succeeds": Case(at.anything, ("ok", "ok +webhook endpoint")),
    "webhooks-silent": Case(at.anything, ("/webhooks/digital-river",)),
    "webhook-disabled": Case(at.webhook_disabled, ('"enabled": ?true', "", "ok +webhook endpoint")),
    "webhook-signatures-fail": Case(at.anything, ("ok +webhook secrets",)),
    "events-applied-late": Case(at.anything, (QUEUE, TEST)),
    "events-parked": Case(at.parked_event, ("ParkedEvent", '"accepted"')),
    "ledger-differs": Case(at.anything, ("", "")),
    "sweep-stopped": Case(at.anything, ("sweep/", "", "")),
    "notifications-late": Case(at.accepted, ("purchase.confirmed",)),
    "notifications-given-up": Case(at.accepted, ("purchase.confirmed", "resending|waiting")),
    "activity": Case(at.step_failing, ("fulfill", "", "", "")),
    "workflow-cancel": Case(at.opened, ("",), ends_as="cancelled"),
    "after-deploying": Case(at.anything, (TEST, "Total", "Total", QUEUE)),
    "api-key": Case(at.anything, ("entry: shop:write:[0-9a-f]{64}",)),
    "after-changing-keys": Case(at.encrypted, ("ok +encryption keys", "0 data keys wrapped")),
    "backup": Case(at.server_to_copy, ("", "TABLE")),
    "backup-sqlite": Case(at.file_to_copy, ("",)),
    "restore": Case(at.server_copied, ("", "ok +database")),
    "erase": Case(at.ended, (": ",)),
    "unclaimed-event": Case(at.nobodys_event, ('"accepted"', "Signal|signal", "atch")),
}

ON_A_SERVER = ("backup", "restore")
"""What is about PostgreSQL; skipped where there is none."""


@pytest.fixture(scope="module")
async def stage(temporal, tmp_path_factory):
    """One Ferryman for all of the runbook."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the runbook's commands want bash and curl, and one is not installed here")
    async with staged(temporal, tmp_path_factory.mktemp("operating")) as stage:
        stage.begin(at.nobodys)
        yield stage


def test_every_link_into_the_runbook_leads_somewhere():
    """Each reason that calls a person, each alert, remedy and link has its section."""
    text = "".join(each.read_text() for each in LINKING)
    linked = {reason.replace("_", "-") for reason in REASONS}
    linked |= set(re.findall(r"operating\.md#([\w-]+)", text))
    linked |= set(re.findall(r"\(#([\w-]+)\)", TEXT))

    assert set() == linked - anchors()


def test_every_link_to_another_page_leads_somewhere():
    """Files that the runbook links to exist, and have the section that is named."""
    for name, anchor in re.findall(r"\]\((\w+\.md)(?:#([\w-]+))?\)", TEXT):
        page = FILE.parent / name

        assert page.is_file(), name
        assert not anchor or anchor in anchors(page.read_text()), f"{name}#{anchor}"


async def test_views_and_finding_queries_are_queries(stage):
    """Each saved view, and what each section finds its purchases by, is taken by Temporal."""
    for query in (*views().values(), *queries()):
        asked = query.replace("HOUR-AGO", NOW).replace("NOW", NOW)

        assert 0 <= (await stage.temporal.client.count_workflows(asked)).count
    assert {f"NeedsAttention = '{reason}'" for reason in REASONS} == set(queries())


def test_every_block_is_run():
    """A block of the runbook without a case fails here, and a case without a block."""
    named = {name: block for name, block in blocks().items() if name != SETUP}

    assert set(CASES) == set(named)
    for name, block in named.items():
        assert len(CASES[name].words) == len(block.commands), name


@pytest.mark.parametrize("name", CASES)
async def test_commands(stage, name, request):
    """Each command of the block ends well and says what it should; an act twice acts once."""
    if name in ON_A_SERVER:
        if shutil.which("pg_dump") is None:
            pytest.skip("PostgreSQL's client programs are not installed here (no pg_dump found)")
        stage.server = request.getfixturevalue("postgresql_url")
    case = CASES[name]
    told = await case.situation(stage)
    for command, word in zip(blocks()[name].commands, case.words, strict=True):
        code, printed = await stage.once(command, told)

        assert 0 == code, f"{command}\n{printed}"
        assert re.search(word, printed, re.MULTILINE), f"{command}\n{printed}"
        if is_act(command):
            await stage.ended(told, case.ends_as)
            before = await stage.acts(told)
            again, printed = await stage.patiently(command, told)

            assert 0 == again or STANDS.search(printed), f"again: {command}\n{printed}"
            assert before == await stage.acts(told)
