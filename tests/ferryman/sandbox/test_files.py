import base64

import pytest

_UPLOAD = {
    "purpose": "tax_document_customer_upload",
    "fileName": "certificate.pdf",
    "title": "Certificate",
    "file": base64.b64encode(b"%PDF-1.4 certificate").decode(),
}


async def test_an_upload_is_kept(shop):
    """An uploaded certificate can be read, by its bytes too."""
    file = await shop.ok("POST", "/files", _UPLOAD)
    content = await shop.ok("GET", f"/files/{file['id']}/content")

    assert (file["type"], file["size"], file["title"]) == ("pdf", 20, "Certificate")
    assert content == b"%PDF-1.4 certificate"


@pytest.mark.parametrize(
    ("changes", "parameter"), [({"file": "%%%"}, "file"), ({"purpose": "holiday"}, "purpose")]
)
async def test_a_bad_upload(shop, changes, parameter):
    """What is not in base64 or for no known purpose is refused."""
    refusal = await shop.refused("POST", "/files", {**_UPLOAD, **changes})

    assert (refusal[0], refusal[1]["parameter"]) == (400, parameter)


async def test_a_link_expires(shop):
    """A file shows its links; an expired one is marked and leads nowhere."""
    expires = (await shop.ok("GET", "/_sandbox/clock"))["now"][:10] + "T23:59:59Z"
    file = await shop.ok("POST", "/files", {**_UPLOAD, "linkExpiresTime": expires})
    path = f"/links/{file['links'][0]['id']}"
    open_status = (await shop.call("GET", path))[0]
    await shop.advance("P2D")
    later = await shop.ok("GET", f"/files/{file['id']}")

    assert open_status == 200
    assert [link["expired"] for link in later["links"]] == [True]
    assert (await shop.call("GET", path))[0] == 404


async def _invoices(shop, **changes):
    order = await shop.order(checkout=changes)
    await shop.fulfill(order, (3, 0), (1, 0))
    await shop.advance()
    return (await shop.reread(order)).get("invoicePDFs", [])


async def test_invoices(shop):
    """A complete order has its invoice; one that cost nothing has none."""
    free = {
        "items": [
            {"skuId": "lamp", "quantity": 3, "price": 0},
            {"skuId": "digital-font", "quantity": 1, "price": 0},
        ],
        "shippingChoice": {"amount": 0, "description": "standard", "serviceLevel": "SG"},
    }

    assert len(await _invoices(shop)) == 1
    assert await _invoices(shop, **free) == []


async def test_a_seller_that_sends_none(shop):
    """Digital River's company in Taiwan sends no invoices."""
    address = {"line1": "Lu 1", "city": "Taipei", "postalCode": "100", "country": "TW"}
    person = {"name": "Erika Beispiel", "email": "erika@example.com", "address": address}

    assert await _invoices(shop, shipTo=person, billTo=person) == []
