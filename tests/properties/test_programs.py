"""Random programs of what may happen to an order, and what has to hold after each step of them."""

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from ferryman.purchase.readings import Standing
from ferryman.purchase.states import FINAL, State
from tests.properties.program import Program

PROGRAMS, STEPS = 1_000, 50
EXAMPLES = 1_750
"""Hypothesis cuts about four in ten programs short."""
RELEASED = {State.ACCEPTED, State.FULFILLED, State.COMPLETE, State.DISPUTED, State.RETURNED}
ENDS = {
    Standing.PENDING: State.PENDING_PAYMENT,
    Standing.IN_REVIEW: State.IN_REVIEW,
    Standing.ACCEPTED: State.ACCEPTED,
    Standing.BLOCKED: State.BLOCKED,
    Standing.CANCELLED: State.CANCELLED,
    Standing.FULFILLED: State.FULFILLED,
    Standing.COMPLETE: State.COMPLETE,
    Standing.DISPUTED: State.DISPUTED,
    Standing.RETURNED: State.RETURNED,
}


class CheckedProgram(Program):
    """A program whose every step is checked."""

    lengths: ClassVar[list[int]] = []
    ends: ClassVar[set[State]] = set()

    @invariant()
    def flow_follows_up(self) -> None:
        """The flow does what the new state asks for before anything else comes in."""
        self.steps += 1
        self.ours.follow_up(self.river)

    @invariant()
    def nothing_leaves_an_end(self) -> None:
        """What is blocked or cancelled stays so."""
        if self.ended is not None:
            assert self.ended is self.ours.state
        if self.ours.state in FINAL:
            self.ended = self.ours.state

    @invariant()
    def no_line_moves_more_than_it_has(self) -> None:
        """Both ledgers add up, and Digital River never had to refuse a quantity."""
        for line in self.ours.attempt.lines:
            assert line.quantity == line.fulfilled + line.cancelled + line.open
            assert min(line.fulfilled, line.cancelled, line.open) >= 0
        assert 0 == self.river.asked_too_much

    @invariant()
    def nothing_is_released_unless_accepted(self) -> None:
        """Only an order that was accepted once makes a purchase accepted, and goods go out."""
        if self.ours.state in RELEASED:
            assert Standing.ACCEPTED in self.river.was
        assert 0 == self.river.asked_too_early

    @invariant()
    def nothing_known_grows_older(self) -> None:
        """A look that was overtaken by a later one is not taken into account."""
        reading = self.ours.attempt.reading
        if reading is not None:
            assert reading.taken >= self.newest
            self.newest = reading.taken

    def teardown(self) -> None:
        """After a last look both sides agree, and what comes later changes nothing."""
        if not hasattr(self, "river"):
            return
        CheckedProgram.lengths.append(self.steps)
        CheckedProgram.ends.add(self.ours.state)
        if self.ours.state is State.PAYMENT_FAILED:
            return
        for _ in range(4):
            self.ours.look(self.river.reading())
            self.ours.follow_up(self.river)
        if self.ours.state is State.PAYMENT_FAILED:
            return
        self._agree()
        for hint in (*self.late, *self.river.events):
            self.ours.hear(hint, self.river)
        if self.ours.state is not State.PAYMENT_FAILED:
            self._agree()

    def _agree(self) -> None:
        river, ours = self.river, self.ours
        if ours.state is State.CANCELLED and river.standing is not Standing.CANCELLED:
            # Given up before it was paid for: money that comes later is a person's to return.
            told = ours.attempt.told
            assert told.window_closed or river.charge_failed or (told.redirect and told.back)
            return
        assert not (river.charge_failed and ours.state is State.PENDING_PAYMENT)
        shown = {line.line_id: (line.fulfilled, line.open) for line in ours.attempt.lines}
        assert ENDS[river.standing] is ours.state
        if ours.state is not State.CANCELLED:
            assert {name: (it.shipped, it.open) for name, it in river.items.items()} == shown


@pytest.mark.timeout(300)
def test_programs(tried):
    """In 1,000 programs of 50 steps nothing moves against the table, and both sides agree."""
    run_state_machine_as_test(
        CheckedProgram,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            deadline=None,
            database=None,
            # To explain a failure takes minutes more and says little of a program.
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    whole = [steps for steps in CheckedProgram.lengths if steps >= STEPS]
    tried[f"programs of {STEPS} steps"] += len(whole)
    tried["steps in all"] += sum(CheckedProgram.lengths)

    assert len(whole) >= PROGRAMS
    assert set(ENDS.values()) <= CheckedProgram.ends
