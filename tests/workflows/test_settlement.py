"""The settlement, driven through all orders, doubles and losses of what may be seen and told."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferryman.purchase.purchase import Order, Party
from ferryman.purchase.readings import Funds, OrderReading, Standing
from ferryman.purchase.states import TRANSITIONS, CancelReason, State
from workflows.settlement import Settled, Told, settle

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
ORDERED = [state for state in State if state not in {State.CHECKOUT, State.PAYMENT_FAILED}]


def see(standing: Standing, funds: Funds = Funds.AWAITED, **more: object) -> OrderReading:
    """An order that stands so."""
    return OrderReading(
        order=Order(id="1", state=standing.value),
        standing=standing,
        funds=funds,
        created_time=CREATED,
        taken=CREATED,
        mark=f"{standing}{funds}",
        **more,
    )


def walk(state: State, reading: OrderReading, told: Told) -> list[Settled]:
    """All the moves to where the order stands."""
    path: list[Settled] = []
    told = replace(told)
    while (settled := settle(state, reading, told)).state is not state:
        if settled.state is State.DISPUTED:
            told.disputed_from = state
        path.append(settled)
        state = settled.state
        assert len(path) < 10, "the settlement runs in a circle"
        if state is State.PAYMENT_FAILED:
            break
    return path


readings = st.builds(
    see, st.sampled_from(Standing), st.sampled_from(Funds), charge_failed=st.booleans()
)
tolds = st.builds(
    Told,
    redirect=st.booleans(),
    back=st.booleans(),
    charge_failed=st.booleans(),
    cancelled=st.booleans(),
    window_closed=st.booleans(),
    wish=st.sampled_from([None, *Party]),
    open=st.integers(0, 2),
    shipped=st.integers(0, 2),
)


@settings(max_examples=1000)
@given(st.sampled_from(ORDERED), st.lists(st.tuples(readings, tolds), max_size=50))
def test_no_sequence_moves_against_the_table(state, program):
    """Whatever is seen and told in whatever order, each move is one of the table's."""
    for reading, told in program:
        for settled in walk(state, reading, told):
            assert settled.state in TRANSITIONS[state]
            assert (settled.reason is not None) == (settled.state is State.CANCELLED)
            state = settled.state
        if state is State.PAYMENT_FAILED:
            break


@pytest.mark.parametrize(
    ("life", "end"),
    [
        ([Standing.PENDING, Standing.IN_REVIEW, Standing.ACCEPTED], State.ACCEPTED),
        ([Standing.PENDING, Standing.IN_REVIEW, Standing.BLOCKED], State.BLOCKED),
        ([Standing.IN_REVIEW, Standing.ACCEPTED, Standing.DISPUTED], State.DISPUTED),
        ([Standing.PENDING, Standing.CANCELLED], State.CANCELLED),
    ],
)
def test_every_order_of_looks_ends_where_the_order_stands(life, end):
    """Any subset of looks in any order, doubled, ends in one state once the last look is true."""
    told = Told(open=1)
    truth = see(life[-1])
    for size in range(len(life) + 1):
        for looks in itertools.permutations(life[:-1] * 2, size):
            state = State.SUBMITTING
            for reading in [*(see(standing) for standing in looks), truth, truth]:
                path = walk(state, reading, told)
                state = path[-1].state if path else state

            assert end is state


def test_pending_order_is_blocked_through_review():
    """The table knows no way from pending payment to blocked but through the review."""
    path = walk(State.PENDING_PAYMENT, see(Standing.BLOCKED), Told(open=1))

    assert [State.IN_REVIEW, State.BLOCKED] == [settled.state for settled in path]


@pytest.mark.parametrize(
    ("reading", "told", "expected"),
    [
        (see(Standing.PENDING), Told(charge_failed=True, open=1), CancelReason.CHARGE_FAILED),
        (
            see(Standing.CANCELLED, Funds.FAILED),
            Told(charge_failed=True, open=1),
            CancelReason.CHARGE_FAILED,
        ),
        (
            see(Standing.CANCELLED, Funds.FAILED),
            Told(cancelled=True, charge_failed=True, open=1),
            CancelReason.PAYMENT_WINDOW_CLOSED,
        ),
        (
            see(Standing.CANCELLED, Funds.FAILED, charge_failed=True),
            Told(cancelled=True, open=1),
            CancelReason.CHARGE_FAILED,
        ),
        (see(Standing.CANCELLED), Told(cancelled=True, open=1), CancelReason.PROVIDER),
        (
            see(Standing.CANCELLED, Funds.FAILED),
            Told(open=1),
            CancelReason.PAYMENT_WINDOW_CLOSED,
        ),
        (
            see(Standing.PENDING),
            Told(window_closed=True, open=1),
            CancelReason.PAYMENT_WINDOW_CLOSED,
        ),
        (
            see(Standing.CANCELLED, Funds.FAILED),
            Told(cancelled=True, wish=Party.CUSTOMER),
            CancelReason.CUSTOMER,
        ),
    ],
)
def test_unpaid_push_payment_says_why_it_was_cancelled(reading, told, expected):
    """Which event came, what the charge and the session say, decide the reason."""
    assert [Settled(State.CANCELLED, expected)] == walk(State.PENDING_PAYMENT, reading, told)


@pytest.mark.parametrize("standing", [Standing.ACCEPTED, Standing.IN_REVIEW])
def test_failure_event_does_not_end_an_order_that_lives(standing):
    """An order that shows accepted or in review goes on, whatever an event said."""
    told = Told(charge_failed=True, cancelled=True, open=1)

    assert [State(standing.value)] == [
        settled.state for settled in walk(State.PENDING_PAYMENT, see(standing), told)
    ]


@pytest.mark.parametrize(
    ("funds", "back", "expected"),
    [
        (Funds.AT_REDIRECT, True, State.PAYMENT_FAILED),
        (Funds.AT_REDIRECT, False, State.PENDING_PAYMENT),
        (Funds.FAILED, False, State.PAYMENT_FAILED),
        (Funds.AWAITED, True, State.PENDING_PAYMENT),
    ],
)
def test_redirect_that_came_to_nothing_may_be_tried_again(funds, back, expected):
    """A shopper who is back without having paid gets another try; money under way is waited for."""
    told = Told(redirect=True, back=back, open=1)

    assert expected is settle(State.PENDING_PAYMENT, see(Standing.PENDING, funds), told).state


def test_dispute_leads_back_to_where_it_began():
    """A dispute of a fulfilled purchase ends in fulfilled, not in accepted."""
    told = Told(disputed_from=State.FULFILLED, shipped=1)

    assert State.FULFILLED is settle(State.DISPUTED, see(Standing.ACCEPTED), told).state
