"""Shoppers and goods: saved sources, tax identifiers, and what is charged line by line."""

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Refusal, SourceChoice
from ferryman.purchase.states import State
from workflows.purchase import Purchase

BUSINESS = {
    "customerType": "business",
    "taxIdentifiers": [{"type": "de", "value": "DE123456789"}],
}


def calls(ledger, path: str) -> list[str]:
    """The methods by which this path was called."""
    return [call["method"] for call in ledger["requests"] if call["path"] == path]


async def pay_with(shopper, source_id: str, *, save: bool = False) -> None:
    """Attach a source that there is."""
    await shopper.handle.execute_update(
        Purchase.source, SourceChoice(source_id=source_id, save_for_future=save)
    )


async def test_saved_source_pays_the_next_purchase_too(shop):
    """A registered shopper's card is saved with the first purchase and used by the second."""
    customer = {"id": f"erika-{shop.next()}", "email": "erika@example.com"}
    first = await shop.begin(customer=customer)
    source_id = await first.choose(attach=False, readyForStorage=True)
    await pay_with(first, source_id, save=True)
    await first.submit()
    second = await shop.begin(customer=customer)
    await pay_with(second, source_id)
    await second.submit()
    ledger = await second.ledger()

    assert [State.ACCEPTED] * 2 == [(await each.record()).state for each in (first, second)]
    assert [source_id] == [source["id"] for source in ledger["orders"][0]["payment"]["sources"]]
    assert ["GET"] == calls(ledger, f"/customers/{customer['id']}")
    assert [] == calls(ledger, "/customers")


async def test_saved_source_is_nobody_elses(shop):
    """Another shopper's purchase, or a guest's, is refused by its pointer."""
    first = await shop.begin(customer={"id": f"erika-{shop.next()}"})
    source_id = await first.choose(attach=False, readyForStorage=True)
    await pay_with(first, source_id, save=True)
    guest = await shop.begin()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await pay_with(guest, source_id)

    assert Refusal.INVALID == caught.value.cause.type
    assert "/sourceId" == caught.value.cause.details[0][0]["pointer"]


async def test_tax_identifier_of_a_registered_shopper_is_made_once(shop):
    """It is created, given to the customer, and found again by the next purchase."""
    customer = {"id": f"firma-{shop.next()}", "type": "business"}
    await shop.begin(customer=customer, **BUSINESS)
    second = await shop.begin(customer=customer, **BUSINESS)
    known = (await shop.digital_river.get_customer(customer["id"])).tax_identifiers
    ledger = await second.ledger()

    assert [("de", "DE123456789")] == [(each.type, each.value) for each in known]
    assert [] == calls(ledger, "/tax-identifiers")
    shown = ledger["checkouts"][0]["taxIdentifiers"]
    assert [known[0].id] == [each["id"] for each in shown]


async def test_tax_identifier_of_a_guest_is_on_the_checkout(shop):
    """Told by type and value, it gets to Digital River before the checkout does."""
    shopper = await shop.begin(**BUSINESS)
    ledger = await shopper.ledger()

    assert ["DE123456789"] == [each["value"] for each in ledger["checkouts"][0]["taxIdentifiers"]]
    assert all("DE123456789" not in str(call["path"]) for call in ledger["requests"])


async def test_tax_identifier_may_come_later(shop):
    """A change of them updates the checkout in place."""
    shopper = await shop.begin(customerType="business")
    await shopper.patch(taxIdentifiers=BUSINESS["taxIdentifiers"])
    ledger = await shopper.ledger()

    assert 1 == len(ledger["checkouts"])
    assert ["de"] == [each["type"] for each in ledger["checkouts"][0]["taxIdentifiers"]]


async def test_wrong_tax_identifier_is_pointed_at(shop):
    """What Digital River takes for none is refused with the place in the request."""
    shopper = await shop.begin()
    wrong = [{"type": "de", "value": "DE123456789"}, {"type": "de", "value": "!"}]
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.patch(taxIdentifiers=wrong)

    assert Refusal.INVALID == caught.value.cause.type
    assert "/taxIdentifiers/1/value" == caught.value.cause.details[0][0]["pointer"]


async def test_each_line_shows_what_is_charged_for_it(shop):
    """Amount, tax, fees and duty of every line, as Digital River has them; a change refreshes."""
    shopper = await shop.begin()
    before = (await shopper.record()).checkout
    await shopper.patch(shippingChoice={"amount": 9, "description": "express"})
    after = (await shopper.record()).checkout
    theirs = (await shopper.ledger())["checkouts"][0]["items"]

    assert ["1", "2"] == [line.line_id for line in after.items]
    assert [(item["amount"], item["tax"]["amount"]) for item in theirs] == [
        (float(line.amount), float(line.tax)) for line in after.items
    ]
    assert all(line.fees is not None and line.duty is not None for line in after.items)
    assert before.items == after.items
    assert before.total_shipping < after.total_shipping


async def test_fewer_pieces_are_priced_anew(shop):
    """Another checkout has other lines."""
    shopper = await shop.begin()
    await shopper.cancel(items=[{"lineId": "1", "quantity": 1}])
    record = await shopper.record()

    assert [1, 3] == [line.quantity for line in record.checkout.items]
    assert [10, 4.5] == [float(line.amount) for line in record.checkout.items]


async def test_seller_and_locale_are_shown_as_digital_river_says(shop):
    """The storefront shows the texts of the company that sells."""
    shopper = await shop.begin(locale="de_DE")
    record = await shopper.record()
    theirs = (await shopper.ledger())["checkouts"][0]

    assert theirs["sellingEntity"]["id"] == record.checkout.selling_entity.id
    assert "de_DE" == record.checkout.locale


async def test_terms_are_accepted_before_there_is_an_order(shop):
    """The record says when, and for which seller."""
    shopper = await shop.begin()
    await shopper.order()
    told = {entry.name: entry for entry in await shop.records.timeline(shopper.id)}
    record = await shopper.record()

    assert told["terms_accepted"].sequence < told["order_created"].sequence
    assert record.checkout.selling_entity.id == told["terms_accepted"].detail["sellingEntity"]
