"""The life of a purchase as a picture: where each state stands, and which moves are drawn how."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ferryman.purchase.states import TRANSITIONS, State

from .words import plain

WIDTH, HEIGHT = 456, 472
_NODE_WIDTH, _NODE_HEIGHT = 132, 36
_COLUMNS = (66, 228, 390)
_ROW, _TOP = 72, 20
_PLACES: dict[State, tuple[int, float]] = {
    State.CHECKOUT: (1, 0),
    State.EXPIRED: (0, 0),
    State.PAYMENT_FAILED: (0, 1),
    State.SUBMITTING: (1, 1),
    State.BLOCKED: (2, 1),
    State.PENDING_PAYMENT: (1, 2),
    State.IN_REVIEW: (1, 3),
    State.CANCELLED: (2, 3),
    State.ACCEPTED: (1, 4),
    State.DISPUTED: (0, 5),
    State.FULFILLED: (1, 5),
    State.RETURNED: (2, 5.5),
    State.COMPLETE: (1, 6),
}
"""The usual way stands in the middle, from top to bottom."""

_BULGE = 22
_ROUND = 10


@dataclass(frozen=True)
class Node:
    """A state in the picture; `x` and `y` are its middle."""

    state: State
    x: float
    y: float
    look: str
    """`now`, `been`, or nothing."""

    @property
    def left(self) -> float:
        """Its left side."""
        return self.x - _NODE_WIDTH / 2

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + _NODE_WIDTH / 2

    @property
    def top(self) -> float:
        """Its upper side."""
        return self.y - _NODE_HEIGHT / 2

    @property
    def bottom(self) -> float:
        """Its lower side."""
        return self.y + _NODE_HEIGHT / 2


@dataclass(frozen=True)
class Edge:
    """A move, as the path of an SVG; back and forth between two states is one."""

    path: str
    look: str
    """`next` where it leaves the present state, `been` where the purchase came this way."""
    back: bool


@dataclass(frozen=True)
class Diagram:
    """The picture, and what it says in words."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    now: str
    after: tuple[str, ...]
    width: int = WIDTH
    height: int = HEIGHT
    node_width: int = _NODE_WIDTH
    node_height: int = _NODE_HEIGHT


def draw(now: str, been: Iterable[str]) -> Diagram:
    """Draw a purchase that is `now` in a state, and came through `been`, oldest first."""
    way = [State(each) for each in been]
    present = State(now)
    nodes = {state: _node(state, present, way) for state in _PLACES}
    walked = set(pairwise(way))
    edges = sorted(_edges(nodes, present, walked), key=lambda edge: _ORDER[edge.look])
    after = tuple(plain(each) for each in _PLACES if each in TRANSITIONS[present])
    return Diagram(tuple(nodes.values()), tuple(edges), plain(present), after)


# What matters is drawn last, above the rest.
_ORDER = {"": 0, "been": 1, "next": 2}


def _node(state: State, now: State, way: Collection[State]) -> Node:
    column, row = _PLACES[state]
    look = "now" if state is now else "been" if state in way else ""
    return Node(state, _COLUMNS[column], _TOP + row * _ROW, look)


def _edges(
    nodes: dict[State, Node], now: State, walked: Collection[tuple[State, State]]
) -> Iterator[Edge]:
    for one, others in TRANSITIONS.items():
        for other in others:
            back = one in TRANSITIONS[other]
            # Of the two directions the one that leaves the present state is drawn, else the first.
            if back and (other is now or (one is not now and one > other)):
                continue
            ways = {(one, other), (other, one)} if back else {(one, other)}
            look = "next" if one is now else "been" if ways & set(walked) else ""
            yield Edge(_path(nodes[one], nodes[other]), look, back)


def _path(one: Node, other: Node) -> str:
    if one.x == other.x:
        return _in_column(one, other)
    to_right = other.x > one.x
    if abs(other.x - one.x) > _COLUMNS[1] - _COLUMNS[0]:
        return _around(one, other)
    start, end = (one.right, other.left) if to_right else (one.left, other.right)
    middle = (start + end) / 2
    return f"M{start} {one.y}C{middle} {one.y} {middle} {other.y} {end} {other.y}"


def _in_column(one: Node, other: Node) -> str:
    down = other.y > one.y
    if abs(other.y - one.y) == _ROW:
        start, end = (one.bottom, other.top) if down else (one.top, other.bottom)
        return f"M{one.x} {start}V{end}"
    # Past the states between, on the left, the farther the longer.
    out = one.left - _BULGE * (abs(other.y - one.y) / _ROW - 1) * 1.4
    return f"M{one.left} {one.y}C{out} {one.y} {out} {other.y} {other.left} {other.y}"


def _around(one: Node, other: Node) -> str:
    """From the left column to the right one, between two rows of the middle one."""
    gap = other.y - _ROW / 2
    turn = other.left - 2 * _ROUND
    return (
        f"M{one.x} {one.bottom}V{gap - _ROUND}Q{one.x} {gap} {one.x + _ROUND} {gap}"
        f"H{turn - _ROUND}Q{turn} {gap} {turn} {gap + _ROUND}"
        f"V{other.y - _ROUND}Q{turn} {other.y} {turn + _ROUND} {other.y}H{other.left}"
    )
