"""The lives an order may have: what it shows, look by look, and the events that tell of it."""

from dataclasses import dataclass
from itertools import accumulate

from ferryman.purchase.messages import Hint
from ferryman.purchase.readings import Funds, OrderReading, Standing
from ferryman.purchase.states import CancelReason, State
from tests.properties.river import snapshot

WINDOW, CHARGE = CancelReason.PAYMENT_WINDOW_CLOSED, CancelReason.CHARGE_FAILED


@dataclass(frozen=True)
class Life:
    """`shows` is what the order shows at its creation and after each event that tells a change.

    `events` are pairs of a hint and how many looks the order has changed by then. A life with
    `shipped` begins when all has been sent: the events before that are only told late.
    """

    name: str
    shows: tuple[OrderReading, ...]
    events: tuple[tuple[Hint, int], ...]
    end: State
    reasons: frozenset[CancelReason | None] = frozenset({None})
    redirect: bool = False
    back: bool = False
    shipped: bool = False


def _life(  # noqa: PLR0913 - each is one word of a life
    name: str,
    begins: Standing,
    *told: tuple[Hint, Standing | None],
    end: State,
    reasons: frozenset[CancelReason | None] = frozenset({None}),
    funds: tuple[Funds, Funds] = (Funds.AWAITED, Funds.SETTLED),
    charge_failed: bool = False,
    redirect: bool = False,
    back: bool = False,
    shipped: bool = False,
) -> Life:
    """`told` names each event and where the order stands from then on; None: where it stood."""
    standings = [begins, *(standing for _, standing in told if standing is not None)]
    changes = accumulate(int(standing is not None) for _, standing in told)
    last = len(standings) - 1
    return Life(
        name,
        tuple(
            snapshot(
                standing,
                place,
                funds=funds[1] if place == last else funds[0],
                charge_failed=charge_failed and place == last,
            )
            for place, standing in enumerate(standings)
        ),
        tuple(zip((hint for hint, _ in told), changes, strict=True)),
        end,
        reasons,
        redirect,
        back,
        shipped,
    )


PENDING, REVIEW, ACCEPTED = Standing.PENDING, Standing.IN_REVIEW, Standing.ACCEPTED
FULFILLED, COMPLETE, CANCELLED = Standing.FULFILLED, Standing.COMPLETE, Standing.CANCELLED
UNPAID = (Funds.AWAITED, Funds.FAILED)
AWAY = (Funds.AT_REDIRECT, Funds.FAILED)
_SENT = (
    (Hint.ACCEPTED, None),
    (Hint.FULFILLED, None),
    (Hint.MONEY_MOVED, None),
    (Hint.COMPLETE, COMPLETE),
)

LIVES = (
    _life("card", ACCEPTED, (Hint.ACCEPTED, None), (Hint.OTHER, None), end=State.ACCEPTED),
    _life(
        "review passed",
        REVIEW,
        (Hint.IN_REVIEW, None),
        (Hint.ACCEPTED, ACCEPTED),
        (Hint.OTHER, None),
        end=State.ACCEPTED,
    ),
    _life(
        "review blocked",
        REVIEW,
        (Hint.IN_REVIEW, None),
        (Hint.BLOCKED, Standing.BLOCKED),
        (Hint.MONEY_MOVED, None),
        end=State.BLOCKED,
    ),
    _life(
        "push paid",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.IN_REVIEW, REVIEW),
        (Hint.ACCEPTED, ACCEPTED),
        end=State.ACCEPTED,
    ),
    _life(
        "push paid and blocked",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.IN_REVIEW, REVIEW),
        (Hint.BLOCKED, Standing.BLOCKED),
        (Hint.MONEY_MOVED, None),
        end=State.BLOCKED,
    ),
    _life(
        "push unpaid by order.cancelled",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.CANCELLED, CANCELLED),
        end=State.CANCELLED,
        reasons=frozenset({WINDOW}),
        funds=UNPAID,
    ),
    _life(
        "push unpaid by order.charge.failed",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.CHARGE_FAILED, PENDING),
        end=State.CANCELLED,
        reasons=frozenset({CHARGE}),
        charge_failed=True,
    ),
    _life(
        "push unpaid by order.charge.failed, cancelled in silence",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.CHARGE_FAILED, CANCELLED),
        end=State.CANCELLED,
        reasons=frozenset({CHARGE}),
        funds=UNPAID,
        charge_failed=True,
    ),
    _life(
        "push unpaid by both",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.CANCELLED, CANCELLED),
        (Hint.CHARGE_FAILED, None),
        end=State.CANCELLED,
        reasons=frozenset({CHARGE}),
        funds=UNPAID,
        charge_failed=True,
    ),
    _life(
        "push unpaid by both, no charge to see",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.CHARGE_FAILED, None),
        (Hint.CANCELLED, CANCELLED),
        end=State.CANCELLED,
        reasons=frozenset({CHARGE, WINDOW}),
        funds=UNPAID,
    ),
    _life(
        "redirect approved",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.IN_REVIEW, REVIEW),
        (Hint.ACCEPTED, ACCEPTED),
        (Hint.OTHER, None),
        end=State.ACCEPTED,
        funds=(Funds.AT_REDIRECT, Funds.SETTLED),
        redirect=True,
    ),
    _life(
        "redirect abandoned",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.CANCELLED, CANCELLED),
        (Hint.OTHER, None),
        end=State.PAYMENT_FAILED,
        funds=AWAY,
        redirect=True,
        back=True,
    ),
    _life(
        "redirect failed",
        PENDING,
        (Hint.PENDING_PAYMENT, None),
        (Hint.CHARGE_FAILED, CANCELLED),
        (Hint.CANCELLED, None),
        end=State.PAYMENT_FAILED,
        funds=AWAY,
        charge_failed=True,
        redirect=True,
    ),
    _life(
        "cancelled elsewhere",
        ACCEPTED,
        (Hint.ACCEPTED, None),
        (Hint.MONEY_MOVED, None),
        (Hint.CANCELLED, CANCELLED),
        end=State.CANCELLED,
        reasons=frozenset({CancelReason.PROVIDER}),
    ),
    _life("shipped and captured", FULFILLED, *_SENT, end=State.COMPLETE, shipped=True),
    _life(
        "dispute lost and returned",
        FULFILLED,
        *_SENT,
        (Hint.DISPUTED, Standing.DISPUTED),
        (Hint.RESOLVED, COMPLETE),
        (Hint.REFUNDED, Standing.RETURNED),
        end=State.RETURNED,
        shipped=True,
    ),
    _life(
        "dispute that stands",
        FULFILLED,
        *_SENT,
        (Hint.DISPUTED, Standing.DISPUTED),
        end=State.DISPUTED,
        shipped=True,
    ),
    _life(
        "return",
        FULFILLED,
        *_SENT,
        (Hint.REFUNDED, None),
        (Hint.REFUNDED, Standing.RETURNED),
        end=State.RETURNED,
        shipped=True,
    ),
)
