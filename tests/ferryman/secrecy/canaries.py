"""Values that must not be found, and one purchase that carries each of them somewhere."""

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from ferryman.setting_types import Scope
from tests.api.door import KEYS, SECRETS, Door, Reply

PROVIDER_KEY = "sk_test_canary_7f3a9c"
DECLINE = "insufficient_funds"

PERSON = {
    "name": "Erika Kanarienvogel",
    "e-mail": "erika.kanarienvogel@example.com",
    "street": "Kanarienweg 4711",
    "second street": "Wellensittichpfad 12",
    "city": "Kanarienhausen",
    "telephone": "+4940987123456",
    "organisation": "Kanarien und Soehne",
    "IP address": "198.51.100.73",
    "payer": "Otto Zeisig",
    "phonetic name": "Kanariyenfogel",
    "note on the purchase": "geschenk-fuer-den-zeisig",
    "note on a line": "gravur-kanarie-forever",
    "product": "Kanarienkaefig Deluxe",
}
WORDS = {
    "reason of the cancellation": "zeisig mag keine gelben kaefige",
    "reason of the refund": "kaefig war zu klein fuer erika",
    "reason of the return": "zeisig passt nicht durch die tuer",
    "reason of an act": "nachbar wellensittich rief an",
    "tracking number": "TRACK-KANARIE-000815",
}
KEPT_SECRET = {
    "provider's key": PROVIDER_KEY,
    "webhook secret": SECRETS[0],
    "merchant's key": KEYS[Scope.WRITE],
}
CODES = {"failure code": DECLINE}


def request(purchase_id: str) -> dict[str, Any]:
    """A request that holds what the shopper has said."""
    address = {"line1": PERSON["street"], "city": PERSON["city"], "postalCode": "20354"}
    contact = {
        "name": PERSON["name"],
        "phone": PERSON["telephone"],
        "organization": PERSON["organisation"],
        "address": {**address, "country": "DE"},
        "additionalAddressInfo": {"phoneticName": PERSON["phonetic name"]},
    }
    details = {"id": "cage", "skuGroupId": "g1", "name": PERSON["product"]}
    cage = {"lineId": "1", "productDetails": details, "quantity": 2, "price": 10, "physical": True}
    return {
        "upstreamId": purchase_id,
        "currency": "EUR",
        "taxInclusive": False,
        "email": PERSON["e-mail"],
        "browserIp": PERSON["IP address"],
        "items": [{**cage, "metadata": {"engraving": PERSON["note on a line"]}}],
        "shipFrom": {"address": {"country": "DE"}},
        "shipTo": contact,
        "billTo": {**contact, "name": PERSON["payer"]},
        "shippingChoice": {"amount": 5, "description": "standard", "serviceLevel": "SG"},
        "metadata": {"note": PERSON["note on the purchase"]},
    }


@dataclass
class Shopper:
    """Buys, and remembers every answer."""

    door: Door
    sandbox: str
    session: aiohttp.ClientSession
    id: str = field(default_factory=lambda: f"p-{uuid.uuid4().hex}")
    answers: list[Reply] = field(default_factory=list)
    public: list[Reply] = field(default_factory=list)
    """The answers to those who are no operators."""
    found: dict[str, str] = field(default_factory=dict)
    """What Digital River makes up on the way."""

    async def call(self, method: str, path: str, body: Any = None, *status: int) -> Any:
        """Call the API as a merchant does."""
        headers = {"Idempotency-Key": self.id} if path == "/purchases" else {}
        scope = Scope.OPERATOR if path.endswith("/operations") else Scope.WRITE
        reply = await self.door.send(method, path, body, headers=headers, scope=scope)
        self._answered(reply, scope)
        assert reply.status in (status or (200, 201, 202)), reply.body
        return reply.json

    async def read(self, path: str = "", scope: Scope = Scope.OPERATOR) -> Any:
        """Read as an operator, who sees the most."""
        reply = await self.door.get(f"/purchases/{self.id}{path}", scope)
        self._answered(reply, scope)
        return reply.json

    async def until(self, *states: str) -> Any:
        """Wait until the purchase is there."""
        async with asyncio.timeout(40):
            while (purchase := await self.read())["state"] not in states:
                await asyncio.sleep(0.1)
        return purchase

    async def control(self, path: str, body: Any) -> Any:
        """Do something at Digital River."""
        async with self.session.post(f"{self.sandbox}/_sandbox/{path}", json=body) as reply:
            assert reply.status < 300, await reply.text()
            return await reply.json() if reply.content_length else None

    async def pays(self, last_name: str) -> None:
        """Make a card in the browser and attach it."""
        purchase = await self.read()
        session = purchase["checkout"]["payment"]["session"]
        self.found["client secret"] = session["clientSecret"]
        body = {
            "type": "creditCard",
            "paymentSessionId": session["id"],
            "owner": {
                "firstName": "Erika",
                "lastName": last_name,
                "email": PERSON["e-mail"],
                "address": {"line1": PERSON["street"], "city": "Hamburg", "country": "DE"},
            },
            "card": {
                "number": "4444222233331111",
                "expirationMonth": 7,
                "expirationYear": 2031,
            },
        }
        source = await self.control("sources", body)
        self.found["source"] = source["id"]
        await self.call("PUT", f"/purchases/{self.id}/source", {"sourceId": source["id"]})

    async def buys(self) -> None:
        """Live through everything that a purchase may say of a person."""
        here = f"/purchases/{self.id}"
        await self.call("POST", "/purchases", request(self.id))
        ship_to = {**request(self.id)["shipTo"]}
        ship_to["address"] = {**ship_to["address"], "line2": PERSON["second street"]}
        await self.call("PATCH", here, {"shipTo": ship_to})
        await self.pays(f"FailCode {DECLINE}")
        await self.call("POST", f"{here}/submit", {"termsAccepted": True}, 409)
        await self.until("payment_failed", "checkout")
        await self.pays("Kanarienvogel")
        await self.control("faults", self._excuse())
        await self.call("POST", f"{here}/submit", {"termsAccepted": True})
        await self.until("accepted")
        for act in ("hold", "release"):
            said = {"action": act, "reason": WORDS["reason of an act"]}
            await self.call("POST", f"{here}/operations", said)
        wish = {"items": [{"lineId": "1", "quantity": 1}]}
        await self.call(
            "POST", f"{here}/cancel", {**wish, "reason": WORDS["reason of the cancellation"]}
        )
        parcel = {"shipmentId": "s1", "trackingNumber": WORDS["tracking number"], **wish}
        await self.call("POST", f"{here}/fulfillments", parcel)
        await self.until("complete")
        refund = {"refundId": "r1", "amount": 1, "reason": WORDS["reason of the refund"]}
        await self.call("POST", f"{here}/refunds", refund)
        goods = {"returnId": "b1", **wish, "reason": WORDS["reason of the return"]}
        await self.call("POST", f"{here}/returns", goods)
        async with asyncio.timeout(40):
            while not (await self.read()).get("returns"):
                await asyncio.sleep(0.1)
        await self.call("POST", f"{here}/returns/b1/accept")
        await self.errs()
        for path in ("", "/timeline", "/refunds", "/returns", "/notifications"):
            await self.read(path)
            await self.read(path, Scope.READ)
        for path in ("/purchases", "/openapi.json", "/metrics"):
            self._answered(await self.door.get(path))
        await self.listens()

    async def errs(self) -> None:
        """Send everything that can be wrong; what is refused must not be said again."""
        here = f"/purchases/{self.id}"
        other = {**request(self.id), "email": f"other.{PERSON['e-mail']}"}
        await self.call("POST", "/purchases", other, 422)
        await self.call("PATCH", here, {"email": PERSON["name"], "shipTo": PERSON["street"]}, 422)
        await self.call("PATCH", here, {"browserIp": PERSON["telephone"]}, 422)
        await self.call("PATCH", here, {"locale": PERSON["city"], "items": PERSON["product"]}, 422)
        await self.call("PUT", f"{here}/source", {"sourceId": PERSON["payer"]}, 409, 422)
        await self.call("POST", f"{here}/cancel", {"reason": WORDS["reason of the refund"]}, 409)
        parcel = {"lineId": PERSON["note on a line"], "quantity": 1}
        sent = {"shipmentId": "s9", "items": [parcel]}
        await self.call("POST", f"{here}/fulfillments", sent, 409, 422)
        torn = b'{"email": "' + PERSON["e-mail"].encode()
        self._answered(await self.door.send("POST", "/purchases", data=torn))

    async def listens(self) -> None:
        """Hear the whole timeline as a stream."""
        last = (await self.read("/timeline"))["data"][-1]["sequence"]
        heard = bytearray()
        key = {"Authorization": f"Bearer {KEYS[Scope.READ]}"}
        url = f"http://{self.door.host}:{self.door.port}/purchases/{self.id}/events"
        async with asyncio.timeout(20), self.session.get(url, headers=key) as stream:
            while f"id: {last}".encode() not in heard:
                heard += await stream.content.readany()
        self._answered(Reply(stream.status, stream.headers, bytes(heard)), Scope.READ)

    def _excuse(self) -> dict[str, Any]:
        """A failure in whose words the provider repeats what it was told."""
        words = f"cannot deliver to {PERSON['name']}, {PERSON['street']}, {PERSON['e-mail']}"
        error = {"code": "server_error", "message": words, "parameter": "shipTo"}
        fault = {"method": "POST", "path": "/orders", "upstreamId": self.id, "kind": "status"}
        return {**fault, "status": 500, "body": {"type": "server_error", "errors": [error]}}

    def _answered(self, reply: Reply, scope: Scope = Scope.WRITE) -> None:
        self.answers.append(reply)
        if scope is not Scope.OPERATOR:
            self.public.append(reply)
