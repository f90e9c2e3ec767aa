"""The verdict, as people and programs read it."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from faults.chaos.checks.finding import Finding
from faults.chaos.verdict import Trial, tell
from faults.evidence import Evidence

EVIDENCE = Evidence(
    "p-1",
    {"requests": [], "events": []},
    {"state": "complete"},
    ({"sequence": 1, "time": "t", "kind": "state", "name": "accepted", "detail": {}},),
)


@pytest.fixture
def told(facts):
    """Tell the verdict of one seed whose I4 is broken or not."""
    facts = replace(facts, books=replace(facts.books, evidence=[EVIDENCE]))

    def run(*violations, brief=True):
        findings = [Finding("I3", 1, "purchases"), Finding("I4", 1, "purchases", violations)]
        console = Console(file=io.StringIO(), width=140)
        well = tell(console, [Trial(facts, findings, 90.0)], brief=brief)
        return well, console.file.getvalue()

    return run


def test_all_is_well(told):
    """Where nothing is broken the last line says so."""
    well, said = told()

    assert well
    assert said.endswith("violated: none\n")


def test_something_is_broken(told):
    """What is broken is named in the last line; the purchase and its timeline are shown."""
    well, said = told("p-1: 2 fulfillments of p-1-1")

    assert not well
    assert said.endswith("violated: I4\n")
    assert "p-1: 2 fulfillments of p-1-1" in said
    assert "state  accepted" in said


def test_a_whole_run_has_to_show_that_something_was_done(told):
    """Unless it is a brief one, a run without kills and faults is broken by that."""
    well, said = told(brief=False)

    assert not well
    assert said.endswith("violated: I20\n")
