import json
from pathlib import Path

import pytest

_PUBLISHED = Path(__file__).parents[1] / "digital_river" / "examples" / "errors"


def _published(name):
    return json.loads((_PUBLISHED / f"{name}.json").read_text("utf-8"))


def _at(address):
    party = {"name": "Erika Beispiel", "email": "erika@example.com", "address": address}
    return {"shipTo": party}


_US = {"line1": "1 Main St", "city": "Eagan", "postalCode": "55122", "state": "MN", "country": "US"}
_GOOD = {"skuId": "lamp", "quantity": 1, "price": 10}


class TestPublishedBodies:
    @pytest.mark.parametrize(
        ("name", "changes"),
        [
            (
                "400.missing_parameter.shipTo-address-state",
                _at({**_US, "state": ""}),
            ),
            ("400.missing_parameter.shipTo-address-city", _at({**_US, "city": ""})),
            ("400.missing_parameter.shipTo-address-postalCode", _at({**_US, "postalCode": ""})),
            ("400.missing_parameter.address-line1", _at({**_US, "line1": ""})),
            ("400.invalid_parameter.address-postalCode", _at({**_US, "postalCode": "AB1"})),
            ("400.invalid_parameter.address-state", _at({**_US, "state": "ZZ"})),
            ("409.country_unsupported.country", _at({**_US, "country": "KP"})),
            ("409.currency_unactivated.currency", {"currency": "PAB"}),
            ("409.invalid_parameter.currency", {"currency": "YEM"}),
        ],
    )
    async def test_building_a_checkout(self, shop, name, changes):
        """A checkout that cannot be built is refused in the published words."""
        expected = _published(name)
        status, body, _ = await shop.call("POST", "/checkouts", shop.basket(**changes))

        assert int(name[:3]) == status
        assert expected == body

    @pytest.mark.parametrize(
        ("name", "changes"),
        [
            ("400.order_create_failed.email", {"email": None}),
            ("400.missing_parameter.shipFrom-address", {"shipFrom": None}),
            ("400.missing_parameter.shipTo-address-country", {"shipTo": None}),
            (
                "400.missing_parameter.shipping-name",
                {"shipTo": {"address": {**_US}}},
            ),
            ("400.invalid_shipping_choice.shippingChoice", {"shippingChoice": None}),
            ("400.internal_error.none", {"shippingChoice": {"description": "standard"}}),
        ],
    )
    async def test_ordering_too_early(self, shop, name, changes):
        """A checkout that lacks something is refused in the published words."""
        checkout = await shop.ready(checkout=changes)
        status, body, _ = await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})

        assert int(name[:3]) == status
        assert _published(name) == body

    async def test_without_a_source(self, shop):
        """An order without a source is refused: its session is not ready."""
        checkout = await shop.checkout()
        status, body, _ = await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})

        assert status == 400
        assert _published("400.order_submit_failed.none") == body

    async def test_without_a_bill_to(self, shop):
        """An order without a complete bill-to is a 409 and needs a new checkout."""
        checkout = await shop.checkout(billTo={"address": {"country": "DE"}})
        await shop.attach(checkout, await shop.source(checkout))
        status, body, _ = await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})

        assert status == 409
        assert _published("409.create-order-failed.none") == body

    async def test_a_foreign_tax_identifier(self, shop):
        """A tax identifier of another country is a 409."""
        tax = await shop.ok("POST", "/tax-identifiers", {"type": "uk", "value": "GB243609761"})
        checkout = await shop.ready(checkout={"taxIdentifiers": [{"id": tax["id"]}]})
        status, body, _ = await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})

        assert status == 409
        assert _published("409.invalid_parameter.taxIdentifiers") == body

    async def test_a_missing_tax_identifier(self, shop):
        """An order to Brazil needs a tax identifier."""
        brazil = {"line1": "Rua 1", "city": "Rio", "postalCode": "20000-000", "country": "BR"}
        checkout = await shop.ready(checkout=_at(brazil))
        status, body, _ = await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})

        assert status == 409
        assert _published("409.additional_information_required.taxIdentifiers") == body

    async def test_a_disabled_customer(self, shop):
        """A disabled customer's orders fail."""
        await shop.ok("POST", "/customers", {"id": "c-1", "enabled": False})
        checkout = await shop.ready(checkout={"customerId": "c-1"})
        refusal = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})

        assert (refusal[0], refusal[1]["code"]) == (409, "create-order-failed")

    async def test_a_price_cannot_be_updated(self, shop):
        """A line's price is no parameter of an update."""
        checkout = await shop.checkout()
        line = {"id": checkout["items"][0]["id"], "price": 1}
        path = f"/checkouts/{checkout['id']}"
        status, body, _ = await shop.call("POST", path, {"items": [line]})

        assert status == 400
        assert _published("400.unknown_parameter.price") == body

    async def test_a_declined_charge(self, shop):
        """A decline is the published 409."""
        checkout = await shop.ready(number="4000000000003600")
        status, body, _ = await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})

        assert status == 409
        assert _published("409.failed-request.none") == body

    async def test_no_key(self, shop):
        """Without the key nothing is told."""
        status, body, _ = await shop.call("GET", "/orders", Authorization="Bearer wrong")

        assert status == 401
        assert _published("401.unauthorized") == body


class TestRequests:
    @pytest.mark.parametrize(
        ("changes", "code", "parameter"),
        [
            ({"invented": 1}, "unknown_parameter", "invented"),
            ({"items": [{**_GOOD, "invented": 1}]}, "unknown_parameter", "invented"),
            ({"currency": None}, "missing_parameter", "currency"),
            ({"items": None}, "missing_parameter", "items"),
            ({"items": []}, "missing_parameter", "items"),
            ({"items": [{"quantity": 1, "price": 1}]}, "missing_parameter", "items[0].skuId"),
            ({"items": [{"skuId": "lamp"}]}, "missing_parameter", "items[0].price"),
            ({"items": [{**_GOOD, "quantity": 0}]}, "invalid_parameter", "items[0].quantity"),
            ({"items": [{**_GOOD, "price": "a"}]}, "invalid_parameter", "items[0].price"),
            ({"items": [{**_GOOD, "price": -1}]}, "invalid_parameter", "items[0].price"),
            ({"items": [{**_GOOD, "price": 1e300}]}, "invalid_parameter", "items[0].price"),
            ({"email": "nobody"}, "invalid_parameter", "email"),
            ({"customerType": "robot"}, "invalid_parameter", "customerType"),
            ({"customerId": "c-9"}, "not_found", "customerId"),
            ({"discount": {"amountOff": 0}}, "invalid_discount_amount", "discount"),
            ({"metadata": {"k": "v" * 501}}, "invalid_metadata_value", "metadata.k"),
            ({"metadata": {"k" * 41: "v"}}, "invalid_metadata_key", "metadata"),
            (
                {"metadata": {str(key): "v" for key in range(21)}},
                "too_many_metadata_pairs",
                "metadata",
            ),
        ],
    )
    async def test_a_bad_checkout(self, shop, changes, code, parameter):
        """A bad parameter is refused by code and name."""
        _, error = await shop.refused("POST", "/checkouts", shop.basket(**changes))

        assert (error["code"], error["parameter"]) == (code, parameter)

    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/nothing", 404, "not_found"),
            ("GET", "/orders/1", 404, "not_found"),
            ("GET", "/checkouts/1", 404, "not_found"),
            ("GET", "/sources/1", 404, "not_found"),
            ("GET", "/charges/1", 404, "not_found"),
            ("GET", "/fulfillments/1", 404, "not_found"),
            ("GET", "/refunds/1", 404, "not_found"),
            ("GET", "/events/1", 404, "not_found"),
            ("GET", "/customers/1", 404, "not_found"),
            ("GET", "/files/1", 404, "not_found"),
            ("DELETE", "/orders/1", 405, "method_not_allowed"),
            ("PATCH", "/checkouts/1", 405, "method_not_allowed"),
            ("GET", "/orders?invented=1", 400, "unknown_parameter"),
            ("GET", "/orders?limit=0", 400, "invalid_parameter"),
            ("GET", "/orders?limit=101", 400, "invalid_parameter"),
            ("GET", "/orders?startingAfter=1", 400, "invalid_parameter"),
            ("GET", "/orders?createdTime[gte]=soon", 400, "invalid_parameter"),
            ("GET", "/orders?state[gte]=a", 400, "unknown_parameter"),
            ("GET", "/events?type=a&types=b", 400, "invalid_parameter"),
            ("POST", "/orders", 400, "invalid_format"),
        ],
    )
    async def test_a_bad_call(self, shop, method, path, status, code):
        """A call that leads nowhere is refused in Digital River's shape."""
        refusal = await shop.refused(method, path)

        assert (refusal[0], refusal[1]["code"]) == (status, code)

    async def test_a_doubled_customer(self, shop):
        """A customer's id is given once."""
        await shop.ok("POST", "/customers", {"id": "c-1"})

        assert (await shop.refused("POST", "/customers", {"id": "c-1"}))[0] == 409

    async def test_only_json_is_given(self, shop):
        """Who does not take JSON gets nothing else."""
        status, _, _ = await shop.call("GET", "/orders", Accept="text/html")

        assert status == 406

    async def test_every_answer_names_its_request(self, shop):
        """Each answer, a refusal too, carries a request id that the ledger has."""
        _, _, good = await shop.call("GET", "/orders")
        _, _, bad = await shop.call("GET", "/nothing")
        ids = [entry["requestId"] for entry in (await shop.ledger())["requests"]]

        assert [good["x-dr-requestid"], bad["x-dr-requestid"]] == ids

    async def test_too_many_calls(self, start):
        """Above the rate limit a call waits as long as it is told."""
        shop = await start(rate_limit=2)
        answers = [await shop.call("GET", "/orders") for _ in range(3)]

        assert [status for status, _, _ in answers] == [200, 200, 429]
        assert answers[2][1]["type"] == "too_many_requests"
        assert answers[2][2]["Retry-After"] == "1"

    async def test_published_laxity(self, shop):
        """Quantities as text and ids as numbers are read, as the published requests have them."""
        order = await shop.order()
        item = {"itemId": int(order["items"][0]["id"]), "quantity": "1"}
        parcel = {"orderId": order["id"], "items": [item]}

        assert (await shop.ok("POST", "/fulfillments", parcel))["items"][0]["quantity"] == 1
