"""What the Web UI says: complete for every state and every reason, and nothing personal in it."""

import ast
import inspect
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from activities import failures
from ferryman.digital_river import errors
from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.operations import OPERATIONS, Hold, Operation
from ferryman.purchase.purchase import Attention, Order, Purchase, WaitingFor
from ferryman.purchase.rules import ALLOWED, Call
from ferryman.purchase.states import CancelReason, State
from ferryman.purchase.timeline import EntryKind, TimelineEntry
from workflows import awaited, happenings, parked_display, reasons, trouble, waiting, wording
from workflows.explaining import MOST_TOLD, WAITS_FOR, explain
from workflows.happenings import GAP
from workflows.situation import Failing, Situation

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=7)
SOURCE = Path(awaited.__file__).parent
WAITS = {
    State.CHECKOUT: "shopper",
    State.SUBMITTING: "provider",
    State.PAYMENT_FAILED: "shopper",
    State.PENDING_PAYMENT: "payment",
    State.IN_REVIEW: "review",
    State.ACCEPTED: "fulfillment",
    State.FULFILLED: "capture",
    State.DISPUTED: "dispute",
}
PATHS = {call: f"`POST …/{call}`" for call in Call} | {
    Call.PATCH: "`PATCH`",
    Call.SOURCE: "`PUT …/source`",
}
NAMED = {
    value
    for name, value in vars(wording).items()
    if name.isupper() and isinstance(value, str) and name != "DECLINED"
}


def purchase(state: State, **more) -> Purchase:
    """A purchase in this state, with an order wherever there can be one."""
    wait = WaitingFor(what=WAITS[state], until=more.pop("until", None)) if state in WAITS else None
    return Purchase(
        **{
            "id": "p-1",
            "state": state,
            "version": 1,
            "created_time": NOON,
            "updated_time": NOON,
            "waiting_for": wait,
            "order": Order(id="1880", state="some_state"),
            "items": (),
            **more,
        }
    )


def said(state: State = State.ACCEPTED, *, view: Purchase | None = None, **more) -> str:
    """What is said of a purchase in this state."""
    return explain(Situation(purchase=view or purchase(state), workflow_id="purchase/p-1", **more))


def lines_of(text: str) -> list[str]:
    """The lines that operators may copy, each whole."""
    whole = text.replace("\\\n ", "")
    return [line for line in whole.splitlines() if line.startswith("temporal workflow update")]


@pytest.mark.parametrize("state", State)
def test_every_state_says_what_is_awaited_or_how_it_ended(state):
    """On whom, until when and what then; or the end, and what can still be done."""
    text = said(state)

    assert text.startswith(f"### {state}")
    assert (state in WAITS) == all(f"**{row}**" in text for row in (WAITS_FOR, "From", "Until"))
    assert (state in WAITS) != (awaited.ENDS.get(state, "no such words") in text)


@pytest.mark.parametrize("state", State)
def test_every_state_names_the_calls_and_acts_that_it_allows(state):
    """Each legal act stands there with a line to copy, each call of the merchant's by its path."""
    reason = (Attention(reason=wording.LATE_MONEY, since=NOON),)
    view = purchase(state, until=LATER)
    text = said(view=view, reasons=reason, asks_again=LATER, left_behind=("1881",))
    lines = lines_of(text)
    acts = [act for act in Operation if any(f'"action":"{act}"' in line for line in lines)]

    assert {*OPERATIONS[state]} - {Operation.RELEASE} == {*acts}
    assert {*ALLOWED[state]} == {call for call in Call if PATHS[call] in text}
    assert all("-w purchase/p-1 --name operate" in line for line in lines)


def test_deadline_is_told_with_its_zone_and_what_happens_then():
    """Nobody has to guess whose clock it is, nor what becomes of the money."""
    text = said(view=purchase(State.PENDING_PAYMENT, until=LATER))

    assert f"| **Until**{GAP} | 2026-03-08 12:00:00 UTC |" in text
    assert "still unpaid, it is cancelled" in text
    assert '"until":"2026-03-09T12:00:00Z"' in text


def test_held_purchase_can_be_released_and_not_held_twice():
    """The act that would change nothing is not offered."""
    hold = Hold(actor="erika", reason="asked by telephone", since=NOON)
    text = said(view=purchase(State.ACCEPTED, hold=hold))

    assert "**On hold since 2026-03-01 12:00:00 UTC**" in text
    assert '"action":"release"' in text
    assert '"action":"hold"' not in text
    assert "telephone" not in text


def test_parcel_that_is_being_reported_may_still_go_from_a_held_purchase():
    """A hold tears no call apart: which parcel it may come too late for is said."""
    hold = Hold(actor="erika", reason="asked by telephone", since=NOON)
    text = said(view=purchase(State.ACCEPTED, hold=hold), leaving="parcel-1")

    assert "`parcel-1` is being reported: **it may still go**" in text
    assert "may still go" not in said(State.ACCEPTED, leaving="parcel-1")


def test_acts_that_would_do_nothing_are_not_offered():
    """Nothing fails and no money came late: neither is to be retried or accepted."""
    calm, failing = said(), said(failing=(Failing("report shipment s-1", "Untouched", NOON),))

    assert '"action":"retry"' not in calm
    assert '"action":"retry"' in failing
    assert '"action":"acceptLatePayment"' not in said(State.CANCELLED)


def test_failing_step_is_named_with_its_failure_and_where_to_look():
    """Which step, since when, what its failure means; the rest stands under Pending Activities."""
    text = said(failing=(Failing("report shipment s-1", "Unauthorized", NOON, beside=True),))

    assert "**A step fails: `report shipment s-1`** since 2026-03-01 12:00:00 UTC" in text
    assert "`Unauthorized` (Digital River does not accept our key)" in text
    assert "*Pending Activities*" in text
    assert "Nothing else waits for it." in text


@pytest.mark.parametrize("reason", sorted(reasons.REASONS))
def test_every_reason_says_what_it_means_what_to_do_and_what_never(reason):
    """Whoever is called at night reads the same in the Web UI as in the runbook."""
    text = said(reasons=(Attention(reason=reason, since=NOON),))

    assert f"**A person is needed: `{reason}`**, since 2026-03-01 12:00:00 UTC" in text
    assert reasons.REASONS[reason].means in text
    assert f"- Runbook: `docs/operating.md#{reason.replace('_', '-')}`" in text


def test_every_reason_that_is_called_for_has_its_paragraph():
    """A reason that nobody explains fails here; so does a paragraph for nothing."""
    assert {*reasons.REASONS} == NAMED
    assert {*trouble.REASONS} <= {*reasons.REASONS}


def test_every_reason_has_its_rank():
    """Which of several is searchable is said of each reason, once."""
    assert sorted(NAMED) == sorted(wording.URGENCY)
    assert {*wording.TOLD_ONCE} <= NAMED


def test_late_payments_are_named_where_there_are_several():
    """The line to copy asks which of them is to be kept."""
    reason = (Attention(reason=wording.LATE_MONEY, since=NOON),)
    one, two = (
        said(State.CANCELLED, reasons=reason, left_behind=late, paid_late=late)
        for late in (("1881",), ("1881", "1882"))
    )

    assert all(f"Order `{each}` was paid for after the end." in two for each in ("1881", "1882"))
    assert ('"orderId":"ORDER"' in one, '"orderId":"ORDER"' in two) == (False, True)


def test_every_reason_has_its_section_in_the_runbook():
    """The place that the Web UI names is there."""
    titles = re.findall(r"^#+ (.+)$", (SOURCE.parent / reasons.RUNBOOK).read_text(), re.MULTILINE)
    anchors = {title.lower().replace(" ", "-") for title in titles}

    assert set() == {reasons.anchor(reason) for reason in reasons.REASONS} - anchors


def test_event_that_is_nobodys_can_be_taken_from_the_list_by_the_line_there():
    """Why it is there, until when, and the signal that ends it."""
    stray = ProviderEvent(id="e-1", name="order.accepted", hint=Hint.ACCEPTED, order_id="1880")
    text = parked_display.unclaimed(stray, "parked-event/e-1", LATER)

    assert "**A person is needed: `unclaimed_event`**" in text
    assert f"| **Until**{GAP} | 2026-03-08 12:00:00 UTC |" in text
    assert "temporal workflow signal --workflow-id parked-event/e-1 --name dismiss" in text


@pytest.mark.parametrize("state", State)
def test_words_fit_into_an_address(state):
    """The Web UI puts them into an address, of which proxies take 8,000 characters."""
    entry = TimelineEntry(
        sequence=1,
        time=NOON,
        kind=EntryKind.STEP,
        name="cancelled_at_provider",
        detail={"orderId": "9535321590336"},
    )
    longest = max(reasons.REASONS, key=lambda each: len(reasons.paragraph(each)))
    text = said(
        view=purchase(state, until=LATER),
        happened=(entry,) * MOST_TOLD,
        reasons=(Attention(reason=longest, since=NOON),),
        failing=(Failing("report shipment parcel-4711", "Ambiguous", NOON),),
        asks_again=LATER,
    )

    assert 7_500 >= len(quote(text))


def test_reasons_and_waits_of_a_newer_version_are_told_all_the_same():
    """What a newer process calls for must not stop the purchase that shows it."""
    strange = purchase(State.ACCEPTED, waiting_for=WaitingFor(what="the_moon"))
    text = said(view=strange, reasons=(Attention(reason="of_tomorrow", since=NOON),))

    assert "`of_tomorrow`" in text
    assert "the_moon" in text


def words_of(node: ast.AST) -> set[str]:
    """The texts in this piece of source."""
    constants = (each for each in ast.walk(node) if isinstance(each, ast.Constant))
    return {each.value for each in constants if isinstance(each.value, str)}


def test_everything_that_is_waited_for_is_explained():
    """A new word for `WaitingFor` needs its sentence."""
    body = ast.parse(inspect.getsource(waiting)).body
    what = [
        *(each for each in body if isinstance(each, ast.FunctionDef) and each.name == "_what"),
        *(each.value for each in body if isinstance(each, ast.Assign)),
    ]

    assert set().union(*map(words_of, what)) == {*awaited.AWAITED}


def test_every_kind_of_failure_is_explained():
    """What a step may fail with, by the client's errors and by our own."""
    ours = {failures.UNTOUCHED, failures.RECORDS_AWAY, "Unclear"}
    clients = {
        name
        for name, each in vars(errors).items()
        if inspect.isclass(each)
        and issubclass(each, errors.DigitalRiverError)
        and not issubclass(each, errors.Unavailable)
        and each is not errors.DigitalRiverError
    }

    assert ours | clients | {None} == {*awaited.FAILURES}


def test_timeline_is_told_without_codes_and_words_of_others():
    """Of an entry's detail only ids are told: all else may hold a code, or somebody's words."""
    detail = {"code": "payment_declined", "reason": "moved to Köln", "orderId": "1880"}
    entry = TimelineEntry(
        sequence=1, time=NOON, kind=EntryKind.STEP, name="order_refused", detail=detail
    )
    text = said(happened=(entry,))

    assert "- `03-01 12:00:00` Digital River did not take the order `1880`" in text
    assert "payment_declined" not in text
    assert "Köln" not in text


@pytest.mark.parametrize(
    ("kind", "name", "detail", "told"),
    [
        ("state", "cancelled", {"reason": CancelReason.CUSTOMER.value}, "(customer)"),
        ("event", "order.accepted", {"id": "e-1"}, "Digital River told: `order.accepted`"),
        ("step", "needs_attention", {"reason": "late_payment"}, "was called: `late_payment`"),
        ("act", "extendDeadline", {"actor": "erika"}, "an operator's act: `extendDeadline`"),
        ("step", "something_new", {}, "something new"),
    ],
)
def test_each_kind_of_entry_is_a_sentence(kind, name, detail, told):
    """States, events, calls for a person and acts read as what they are."""
    entry = TimelineEntry(sequence=1, time=NOON, kind=EntryKind(kind), name=name, detail=detail)

    assert told in happenings.sentence(entry)


def test_texts_of_others_cannot_leave_their_quotes():
    """A shipment's id may hold what markdown would take for its own."""
    assert "`a'b **c**`" == happenings.quoted("a`b\n**c**")


def test_every_sentence_of_the_timeline_is_used():
    """A sentence for an entry that nobody writes is dead."""
    written = "".join(path.read_text() for path in SOURCE.glob("*.py"))

    assert [] == [name for name in happenings.SENTENCES if written.count(f'"{name}"') < 2]


def names_nothing(call: ast.Call) -> bool:
    """True for a timer or an activity that bears no words for the Web UI."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = {keyword.arg for keyword in call.keywords}
    if name == "wait_condition":
        return "timeout" in given and "timeout_summary" not in given
    if name in {"wait", "timeout", "wait_for"}:
        return "timeout" in given or name != "wait"
    return (name == "sleep" or name.startswith("execute_")) and "summary" not in given


@pytest.mark.parametrize("path", sorted(SOURCE.glob("*.py")), ids=lambda path: path.stem)
def test_no_timer_and_no_activity_is_nameless(path):
    """The source itself starts nothing that the Web UI would show without words."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]

    assert [] == [call.lineno for call in calls if names_nothing(call)]
