"""The picture of a purchase's life: every state, every legal move, and where it stands."""

import re

import pytest

from ferryman.purchase.states import FINAL, TRANSITIONS, State
from shop.diagram import HEIGHT, WIDTH, draw

MOVES = {frozenset((one, other)) for one, others in TRANSITIONS.items() for other in others}


@pytest.mark.parametrize("now", State)
def test_shows_all_states_and_moves(now):
    """Each state is there once, and each move is one line, whichever state is the present one."""
    diagram = draw(now, [State.CHECKOUT])

    assert sorted(State) == sorted(node.state for node in diagram.nodes)
    assert len(MOVES) == len(diagram.edges)


@pytest.mark.parametrize("now", State)
def test_lights_the_present_state_and_its_ways_on(now):
    """One state is lit, and as many lines lead on from it as there are moves."""
    diagram = draw(now, [State.CHECKOUT, now])
    lit = [node.state for node in diagram.nodes if node.look == "now"]
    ahead = [edge for edge in diagram.edges if edge.look == "next"]

    assert [now] == lit
    assert len(TRANSITIONS[now]) == len(ahead)
    assert len(TRANSITIONS[now]) == len(diagram.after)


def test_shows_the_way_so_far():
    """The states that it came through are marked, and the moves between them."""
    diagram = draw("accepted", ["checkout", "submitting", "in_review", "accepted"])
    been = [node.state for node in diagram.nodes if node.look == "been"]

    assert [State.CHECKOUT, State.SUBMITTING, State.IN_REVIEW] == been
    assert 3 == len([edge for edge in diagram.edges if edge.look == "been"])


@pytest.mark.parametrize("now", sorted(FINAL))
def test_final_states_lead_nowhere(now):
    """Nothing is ahead of what is over."""
    diagram = draw(now, [])

    assert () == diagram.after
    assert not [edge for edge in diagram.edges if edge.look == "next"]


def test_everything_is_in_sight_and_apart():
    """No state lies on another, and none, nor any line, leaves the picture."""
    diagram = draw("checkout", [])
    numbers = [
        float(number) for edge in diagram.edges for number in re.findall(r"[\d.]+", edge.path)
    ]
    apart = [
        abs(one.x - other.x) >= diagram.node_width or abs(one.y - other.y) >= diagram.node_height
        for one in diagram.nodes
        for other in diagram.nodes
        if one is not other
    ]

    assert all(apart)
    assert max(WIDTH, HEIGHT) >= max(numbers)
    assert all(node.left >= 0 and node.right <= WIDTH for node in diagram.nodes)
    assert all(node.top >= 0 and node.bottom <= HEIGHT for node in diagram.nodes)
