"""What Ferryman does not carry it refuses at the door, instead of dropping it without a word."""

import pytest

from tests.workflows.given import REQUEST

LINE = REQUEST["items"][0]
SUBSCRIPTION = {"subscriptionId": "s-1", "autoRenewal": True, "terms": "monthly"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"items": [{**LINE, "subscriptionInfo": SUBSCRIPTION}]}, "/items/0/subscriptionInfo"),
        ({"items": [{**LINE, "planId": "p-1"}]}, "/items/0/planId"),
        ({"autoRenewal": True}, "/autoRenewal"),
    ],
)
async def test_subscriptions_are_refused(door, change, pointer):
    """A line that renews itself is named as what cannot be taken, and nothing begins."""
    reply = await door.open({**REQUEST, **change})

    assert (422, [pointer]) == (reply.status, reply.pointers)


async def test_certificates_are_the_accounts(door):
    """A tax certificate belongs to the customer at Digital River, not to a purchase."""
    customer = {"id": "erika-beispiel", "taxCertificate": {"companyName": "Beispiel"}}
    reply = await door.open({**REQUEST, "customer": customer})

    assert (422, ["/customer/taxCertificate"]) == (reply.status, reply.pointers)
