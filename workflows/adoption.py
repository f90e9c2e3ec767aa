"""Beginning with an order that is there already: Digital River's own, or another purchase's.

Digital River makes one by itself at its own checkout ("Prebuilt Checkout"); an operator keeps one
that was paid for after its purchase had ended.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import Adoption
    from ferryman.purchase.operations import Operation
    from ferryman.purchase.states import State
    from ferryman.purchase.timeline import EntryKind

from . import order
from .case import Case
from .decision import reread


async def adopt(case: Case, adopts: Adoption) -> None:
    """Make the order this purchase's own and follow it; where it stands, the order alone says.

    The shopper has been at a checkout, where terms were accepted and sources chosen; a payment that
    comes to nothing cannot be tried again here.
    """
    case.attempt.checkout = adopts.checkout
    case.checkouts.append(adopts.checkout.id)
    case.attempt.told.elsewhere = True
    _note_origin(case, adopts)
    case.move(State.SUBMITTING)
    await case.publish()
    reading = await reread(case, adopts.order_id)
    case.note(EntryKind.STEP, "order_adopted", orderId=reading.order.id)
    await order.ordered(case, reading)


def _note_origin(case: Case, adopts: Adoption) -> None:
    event, continues = adopts.event, adopts.continues
    if event is not None:
        case.note(
            EntryKind.EVENT,
            event.name,
            id=event.id,
            orderId=adopts.order_id,
            checkoutSessionId=event.checkout_session_id,
            consents=event.consents,
        )
    if continues is not None:
        case.note(
            EntryKind.ACT,
            Operation.ACCEPT_LATE_PAYMENT.value,
            actor=continues.actor,
            reason=continues.reason,
            orderId=adopts.order_id,
            continues=continues.purchase_id,
        )
