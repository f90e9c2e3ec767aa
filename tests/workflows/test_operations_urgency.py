"""Several reasons at once: the most urgent is searchable, and a look settles what nothing shows."""

from datetime import timedelta

from ferryman.purchase.messages import Hint
from tests.workflows.acting import attention, operate
from tests.workflows.conftest import Shop

SPARSE = {"poll_interval": timedelta(days=1)}


async def test_chargeback_goes_before_an_older_reason_until_somebody_has_looked(shop: Shop):
    """It is shown although it came later; `reread` dismisses it, and what still shows stays."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order()
    await shopper.travel(timedelta(days=6))
    older = await shop.until(shopper, attention)
    await shopper.tell("order.chargeback", Hint.CHARGEBACK)
    urgent = await shop.until(shopper, lambda record: attention(record) != attention(older))
    await operate(shopper, "reread")
    looked = await shopper.record()

    assert ["authorization_expiring", "chargeback", "authorization_expiring"] == [
        attention(record) for record in (older, urgent, looked)
    ]
