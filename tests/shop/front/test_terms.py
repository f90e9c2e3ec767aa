"""The terms of sale can be read before they are accepted."""


async def test_terms_can_be_read(visitor):
    """The last look leads to the terms, in a window of their own, of the company that sells."""
    purchase_id = await visitor.open()
    await visitor.choose(purchase_id)
    look = await visitor.get(f"/shop/purchases/{purchase_id}/review")
    address = f"/shop/terms?purchase={purchase_id}"
    seen = await visitor.get(address)
    seller = (await visitor.records.get(purchase_id)).checkout.selling_entity.name

    assert f'<a href="{address}" target="_blank" rel="noopener">' in look.text
    assert (200, f"Terms of sale of {seller}") == (seen.status, seen.heading)


async def test_terms_of_nobody(visitor):
    """The terms can be read without a purchase, but not of one that is not there."""
    bare = await visitor.get("/shop/terms")
    strange = await visitor.get("/shop/terms?purchase=nobody")

    assert (200, "Terms of sale", 404) == (bare.status, bare.heading, strange.status)
