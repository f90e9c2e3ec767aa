"""Each check of the chaos layer, shown what it is to catch and what it is to let pass."""

from dataclasses import replace

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.converter import WorkflowSerializationContext

from faults.chaos.checks.answers import clean, idempotent, soon
from faults.chaos.checks.books import purchases
from faults.chaos.checks.calls import protected
from faults.chaos.checks.counts import happened
from faults.chaos.checks.events import authentic, kept
from faults.chaos.checks.secrecy import secret
from faults.chaos.collecting import told_events
from faults.chaos.facts import History
from faults.chaos.forger import PATH, REPLAY
from faults.chaos.hurts import Hurt, Stop
from faults.chaos.people import CANARIES, PERSONAL, REPEATED
from faults.evidence import Evidence
from ferryman.secrecy.codec import Codec
from ferryman.secrecy.data_keys import DataKeys
from ferryman.secrecy.ring import KeyRing
from tests.running.records import records_in

from .conftest import BEGAN, called, delivered, done, requested


def _history(*event_ids: str) -> History:
    empty = WorkflowHistory("p-1", [])
    return History("purchase/p-1", "Purchase", "COMPLETED", empty, frozenset(event_ids))


def _signalled(name: str, payload: Payload) -> HistoryEvent:
    event = HistoryEvent()
    signal = event.workflow_execution_signaled_event_attributes
    signal.signal_name = name
    signal.input.payloads.append(payload)
    return event


def _heard(*event_ids: str) -> Evidence:
    entries = tuple({"kind": "event", "detail": {"id": event_id}} for event_id in event_ids)
    return Evidence("p-1", {"requests": [], "events": []}, {"state": "complete"}, entries)


def _with(facts, *, history=(), timeline=()):
    books = replace(facts.books, histories=[_history(*history)], evidence=[_heard(*timeline)])
    return replace(facts, books=books)


class TestEvents:
    def test_acknowledged_and_kept(self, facts):
        """An event that was acknowledged and signalled to its purchase is no loss."""
        facts = _with(delivered(facts, "e-1", 202), history=["e-1"], timeline=["e-1"])

        assert (1, ()) == (kept(facts).checked, kept(facts).violations)

    def test_acknowledged_and_lost(self, facts):
        """An event that was acknowledged and stands in no history is told."""
        facts = _with(delivered(facts, "e-1", 202))

        assert ("event e-1 was acknowledged and is in no history",) == kept(facts).violations

    @pytest.mark.parametrize(("before", "broken"), [((), 0), (("e-1",), 1)])
    def test_acknowledged_after_the_end(self, facts, before, broken):
        """An event needs no history where a complete purchase heard it after its end alone."""
        facts = _with(delivered(facts, "e-1", 202))
        end = {"kind": "state", "name": "complete", "detail": {}}
        after = () if before else ("e-1",)
        timeline = (*_heard(*before).timeline, end, *_heard(*after).timeline)
        evidence = replace(facts.books.evidence[0], timeline=timeline)
        facts = replace(facts, books=replace(facts.books, evidence=[evidence]))

        assert broken == len(kept(facts).violations)

    def test_refused_and_lost(self, facts):
        """An event that was not acknowledged may be nowhere: Digital River sends it again."""
        assert () == kept(_with(delivered(facts, "e-1", 503))).violations

    def test_heard_twice(self, facts):
        """An event that changed a purchase twice is told."""
        facts = _with(delivered(facts, "e-1", 202), history=["e-1"], timeline=["e-1", "e-1"])

        assert ("event e-1 was heard 2 times",) == kept(facts).violations

    @pytest.mark.parametrize(
        ("note", "status", "broken"),
        [
            ("stale", 202, 1),
            ("stale", 401, 0),
            ("stale", 503, 0),
            (REPLAY, 202, 0),
        ],
    )
    def test_forgeries(self, facts, note, status, broken):
        """A forgery that is taken is told; a replay of a genuine event has to be taken."""
        facts = called(facts, 0.1, status, who="forger", path=PATH, note=note)

        assert broken == len(authentic(facts).violations)

    def test_a_forgery_that_left_a_trace(self, facts):
        """A forged event in a history is told even where its sender was refused."""
        facts = _with(done(facts, forged_ids=frozenset({"forged-1"})), history=["forged-1"])

        assert ("the forged event forged-1 is in a history or timeline",) == (
            authentic(facts).violations
        )

    @pytest.mark.parametrize("encrypted", [False, True])
    async def test_events_in_a_history(self, tmp_path, encrypted):
        """What a workflow was signalled is read off its history, encrypted or not."""
        async with records_in(tmp_path) as records:
            keys = DataKeys(records.engine, KeyRing.parse(f"k1:{'A' * 43}="))
            context = WorkflowSerializationContext("default", "purchase/p-1")
            payloads = [Payload(data=b'[{"id": "e-1"}]'), Payload(data=b'"other"')]
            if encrypted:
                payloads = await Codec(keys).with_context(context).encode(payloads)
            names = ("provider_events", "other")
            events = [_signalled(*each) for each in zip(names, payloads, strict=True)]
            told = await told_events(
                Codec(keys) if encrypted else None, WorkflowHistory("purchase/p-1", events)
            )

        assert {"e-1"} == told


class TestOthers:
    @pytest.mark.parametrize(
        ("kind", "status", "broken"),
        [
            ("ParkedEvent", "COMPLETED", 0),
            ("ParkedEvent", "RUNNING", 1),
            ("ParkedEvent", "FAILED", 1),
            ("Sweep", "RUNNING", 0),
            ("Sweep", "FAILED", 1),
        ],
    )
    def test_workflow_beside_the_purchases(self, facts, kind, status, broken):
        """An event that still looks for its purchase at the end is told, as is whatever failed."""
        one = History("beside", kind, status, WorkflowHistory("beside", []))
        facts = replace(facts, books=replace(facts.books, histories=[one]))

        (terminal,) = [each for each in purchases(facts) if each.name == "I1"]

        assert broken == len(terminal.violations)


class TestAnswers:
    @pytest.mark.parametrize(("bodies", "broken"), [([b"{}", b"{}"], 0), ([b"{}", b"[]"], 1)])
    def test_one_key_one_answer(self, facts, bodies, broken):
        """Two different 201 for one key are told."""
        for body in bodies:
            facts = called(facts, 0.1, 201, key="k", body=body)

        assert broken == len(idempotent(facts).violations)

    @pytest.mark.parametrize(("status", "broken"), [(422, 0), (503, 0), (202, 1), (201, 1)])
    def test_one_key_for_something_else(self, facts, status, broken):
        """Another body under a key that was used is never taken."""
        facts = called(facts, 0.1, status, key="k", body=b"{}", other_body=True)

        assert broken == len(idempotent(facts).violations)

    def test_two_workflows_of_one_key(self, facts):
        """A purchase that was begun twice is told."""
        twice = replace(_heard(), runs=("COMPLETED", "COMPLETED"))
        facts = replace(facts, books=replace(facts.books, evidence=[twice]))

        assert ("p-1: 2 workflows of one key",) == idempotent(facts).violations

    @pytest.mark.parametrize(
        ("seconds", "status", "note", "broken"),
        [
            (8.9, 202, "", 0),
            (9.1, 202, "", 1),
            (12.0, None, "TimeoutError", 1),
            (12.0, None, "ServerDisconnectedError", 0),
        ],
    )
    def test_slow_answers(self, facts, seconds, status, note, broken):
        """A call may take nine seconds; no answer at all counts unless the connection was cut."""
        assert broken == len(soon(called(facts, seconds, status, note=note)).violations)

    @pytest.mark.parametrize(
        ("seconds", "status", "broken"),
        [
            (1.9, 202, 0),
            (2.1, 503, 1),
            (3.0, "timeout", 1),
            (3.0, "ClientOSError", 0),
        ],
    )
    def test_slow_webhooks(self, facts, seconds, status, broken):
        """A webhook may take two seconds."""
        assert broken == len(soon(delivered(facts, "e-1", status, seconds)).violations)

    def test_frozen_time_does_not_count(self, facts):
        """While the API stood still by our own hand, nobody could answer; other times count."""
        frozen = [Hurt("api", "freeze", BEGAN + 2, BEGAN + 4)]
        other = [Hurt("worker-1", "freeze", BEGAN + 2, BEGAN + 4)]
        slow = called(facts, 10.5)

        assert () == soon(done(slow, hurts=frozen)).violations
        assert 1 == len(soon(done(slow, hurts=other)).violations)

    @pytest.mark.parametrize(("status", "broken"), [(500, 1), (502, 1), (504, 1), (503, 0)])
    def test_only_one_5xx(self, facts, status, broken):
        """Of the server's own errors only 503 is an answer."""
        assert broken == len(clean(called(facts, 0.1, status)).violations)

    def test_a_replay_refused(self, facts):
        """A genuine event that is sent again has to be taken."""
        facts = called(facts, 0.1, 401, who="forger", path=PATH, note=REPLAY)

        assert ("a replayed event was answered 401",) == clean(facts).violations

    @pytest.mark.parametrize(("logger", "broken"), [("api.middleware", 1), ("temporal.core", 0)])
    def test_errors_in_the_log(self, facts, logger, broken):
        """An error that the API logs is told, but for what the SDK says of Temporal's death."""
        line = f'{{"event": "unforeseen", "level": "error", "logger": "{logger}"}}\n'
        (facts.place.logs / "api.log").write_text(line)

        assert broken == len(clean(facts).violations)

    @pytest.mark.parametrize(("code", "seconds", "broken"), [(0, 9, 0), (0, 11, 1), (-9, 10, 1)])
    def test_orderly_ends(self, facts, code, seconds, broken):
        """A process that is asked to end does so with 0 within ten seconds."""
        facts = done(facts, stops=[Stop("api", code, seconds)])

        assert broken == len(clean(facts).violations)

    def test_a_process_that_ends_by_itself(self, facts):
        """What nobody has ended must not end."""
        assert ("api ended",) == clean(done(facts, deaths=["api ended"])).violations


class TestCalls:
    @pytest.mark.parametrize(("count", "broken"), [(100, 0), (101, 1)])
    def test_the_rate(self, facts, count, broken):
        """A second may hold a hundred calls."""
        facts = requested(facts, *(5 + number / 200 for number in range(count)))

        assert broken == len(protected(facts).violations)

    @pytest.mark.parametrize(("moment", "broken"), [(10.1, 0), (11.0, 1), (11.9, 1), (12.1, 0)])
    def test_asked_to_wait(self, facts, moment, broken):
        """After a 429 nobody calls before its time, but for what was on its way."""
        facts = requested(facts, 10.0, status=429, retryAfter=2)

        assert broken == len(protected(requested(facts, moment)).violations)

    def test_cut_off_from_what_was_asked(self, facts):
        """A 429 that a frozen worker could not hear is set aside, and said to be."""
        facts = requested(requested(facts, 10.0, status=429, retryAfter=2), 11.0)
        facts = done(facts, hurts=[Hurt("worker-1", "freeze", BEGAN + 9.5, BEGAN + 10.9)])

        assert () == protected(facts).violations
        assert protected(facts).counts == {
            "Retry-After windows": 0,
            "more with a worker cut off": 1,
        }


class TestSecrecy:
    @pytest.mark.parametrize("word", ["Zeisigmann-12", "ZEISIG.12@example.com", "whsec_0123"])
    def test_logs(self, facts, word):
        """A shopper's name or a secret in a log is told, however it is written."""
        log = facts.place.logs / "worker-1.log"
        log.write_text("x" * 5_000_000 + word + "y" * 5_000_000)

        assert 1 == len(secret(facts).violations)

    @pytest.mark.parametrize("file", ["temporal.db", "temporal.db-wal"])
    @pytest.mark.parametrize("name", CANARIES)
    def test_in_the_clear_at_temporal(self, facts, file, name):
        """Whatever Temporal keeps of a person in the clear is told, as without encryption."""
        (facts.place.data / file).write_bytes(b"before " + CANARIES[name].upper() + b" after")

        assert (f"{file} holds: {name}",) == secret(facts).violations

    def test_made_up_by_the_provider(self, facts):
        """What Digital River gives to a payment, or says of one, does not lie at Temporal."""
        order = {"payment": {"sources": [{"id": "Source-0123"}]}}
        ledger = {**facts.books.ledger, "orders": [order]}
        facts = replace(facts, books=replace(facts.books, ledger=ledger))
        facts = called(facts, 0.1, body=b'{"clientSecret":"S-0123_secret"}')
        words = b"source-0123 s-0123_SECRET failed-request 4444222233331111"
        (facts.place.data / "temporal.db").write_bytes(words)

        assert [
            "temporal.db holds: card number",
            "temporal.db holds: client secret",
            "temporal.db holds: failure code",
            "temporal.db holds: source",
        ] == list(secret(facts).violations)

    def test_kinds(self, facts):
        """More than twenty kinds of words are looked for, wherever they are given out."""
        facts = called(facts, 0.1, body=b'{"clientSecret":"s-0123_secret"}')

        assert 21 == secret(facts).counts["kinds of planted words"]

    def test_our_own_database(self, facts):
        """What the API answers from may tell of a person, but holds no secret."""
        (facts.place.data / "ferryman.db").write_bytes(b"Zeisigweg 12 qmfzzty0 4444222233331111")

        assert [
            "ferryman.db holds: card number",
            "ferryman.db holds: encryption",
        ] == list(secret(facts).violations)

    def test_answers_and_metrics(self, facts):
        """No answer and no metric tells of a shopper, but for what its merchant has written."""
        facts = called(facts, 0.1, body=PERSONAL["name"])
        facts = called(facts, 0.1, body=REPEATED["tracking number"])
        facts = replace(facts, books=replace(facts.books, metrics=b"zeisigweg 1"))

        assert ("the metrics hold: street", "an answer holds: name") == secret(facts).violations


def test_what_never_happened(facts):
    """A run in which nothing was done proves nothing."""
    broken = happened([facts]).violations

    assert "429: 0 times only" in broken
    assert "temporal kill: 0 times only" in broken
    assert "freezes: 0 times only" in broken
    assert "never sent: 0 times only" in broken
    assert "stale: 0 times only" in broken
    assert "no purchase ended expired" in broken
