"""Taking over an order that Digital River has made by itself ("Prebuilt Checkout")."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import Adoption
    from ferryman.purchase.purchase import EntryKind
    from ferryman.purchase.states import State

from . import order
from .case import Case
from .decision import reread


async def adopt(case: Case, adopts: Adoption) -> None:
    """Make the order this purchase's own and follow it; where it stands, the order alone says.

    The shopper has been at Digital River's checkout, where terms were accepted and sources chosen;
    a payment that comes to nothing cannot be tried again here.
    """
    event = adopts.event
    case.attempt.checkout = adopts.checkout
    case.checkouts.append(adopts.checkout.id)
    case.attempt.told.elsewhere = True
    case.note(
        EntryKind.EVENT,
        event.name,
        id=event.id,
        orderId=event.order_id,
        checkoutSessionId=event.checkout_session_id,
        consents=event.consents,
    )
    case.move(State.SUBMITTING)
    await case.publish()
    reading = await reread(case, event.order_id or "")
    case.note(EntryKind.STEP, "order_adopted", orderId=reading.order.id)
    await order.ordered(case, reading)
