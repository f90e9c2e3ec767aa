"""The table of the operators' acts, and what each act needs."""

import pytest
from pydantic import ValidationError

from ferryman.purchase.messages import OperatorsAct
from ferryman.purchase.operations import OPERATIONS, Operation, explained, refusal
from ferryman.purchase.states import FINAL, OVER, State

NEEDED = {
    Operation.ADOPT_ORDER: {"orderId": "order-1"},
    Operation.EXTEND_DEADLINE: {"until": "2040-01-01T00:00:00Z"},
}


def test_every_state_and_every_act_has_its_place():
    """No state is left out, and no act is legal nowhere."""
    assert set(State) == set(OPERATIONS)
    assert set(Operation) == {act for legal in OPERATIONS.values() for act in legal}


def test_what_is_held_can_be_released():
    """Wherever goods can be held they can be let go."""
    holding = {state for state, legal in OPERATIONS.items() if Operation.HOLD in legal}

    assert holding == {state for state, legal in OPERATIONS.items() if Operation.RELEASE in legal}
    assert not holding & FINAL


@pytest.mark.parametrize("act", Operation)
@pytest.mark.parametrize("given", [{}, *NEEDED.values()], ids=["nothing", "order", "moment"])
def test_act_is_given_what_it_needs_and_nothing_else(act, given):
    """An order for adopting, a moment for extending, neither for the others.

    Late money may be kept with or without the order that it came for.
    """
    said = {"action": act.value, "reason": "because", **given}
    may = act is Operation.ACCEPT_LATE_PAYMENT and "orderId" in given
    if may or given == NEEDED.get(act, {}):
        assert act is OperatorsAct.model_validate(said).action
    else:
        with pytest.raises(ValidationError, match=f"{act} (needs|takes no)"):
            OperatorsAct.model_validate(said)


def test_refusal_names_state_and_legal_acts():
    """Whoever is refused reads what else may be done."""
    assert refusal(State.DISPUTED, Operation.FORCE_CANCEL) == (
        "forceCancel is not possible while the purchase is disputed;"
        " legal acts: retry, reread, hold, release"
    )


@pytest.mark.parametrize("state", sorted(OVER))
def test_refusal_after_the_end_says_when_an_act_is_legal(state):
    """What has ended is only acted on for the sake of an order that it has left behind."""
    legal = ", ".join(OPERATIONS[state])

    assert refusal(state, Operation.HOLD) == (
        f"hold is not possible while the purchase is {state};"
        f" legal acts, only while its workflow still watches an order left behind: {legal}"
    )


def test_finer_refusal_is_given_the_state():
    """What the workflow alone could know stands beside what the state allows otherwise."""
    assert explained("nothing is held", State.DISPUTED, Operation.RELEASE) == (
        "nothing is held; the purchase is disputed, other acts of this state: retry, reread, hold"
    )


@pytest.mark.parametrize("state", State)
def test_refusal_that_names_the_state_stays(state):
    """Nothing is said twice."""
    said = refusal(state, Operation.ACCEPT_LATE_PAYMENT)

    assert said == explained(said, state, Operation.ACCEPT_LATE_PAYMENT)


@pytest.mark.parametrize(
    "until",
    [
        1796083200,
        "1800000000",
        "2040-12-01",
        "2040-12-01T00:00:00",
        "2040-12-01 00:00:00Z",
        True,
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_more_time_ends_at_a_moment_that_is_told_whole(until):
    """Neither a number nor a time without its zone is guessed at."""
    told = {"action": "extendDeadline", "reason": "asked for", "until": until}
    with pytest.raises(ValidationError) as wrong:
        OperatorsAct.model_validate(told)

    assert [("until",)] == [each["loc"] for each in wrong.value.errors()]


def test_a_zone_is_any_zone():
    """What is told in another zone is the same moment."""
    told = {"action": "extendDeadline", "reason": "asked for", "until": "2040-12-01T02:00:00+02:00"}

    assert (
        "2040-12-01T00:00:00.000Z"
        == OperatorsAct.model_validate(told).model_dump(mode="json")["until"]
    )
