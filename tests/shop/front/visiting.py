"""A visitor's browser, as far as HTTP goes: forms are sent, redirects are not followed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from api.app import Api
from ferryman.records import Records

SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)
"""What the policy forbids."""


@dataclass(frozen=True)
class Seen:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def location(self) -> str:
        """Where it leads."""
        return self.headers["Location"]

    @property
    def heading(self) -> str:
        """What the page is about."""
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        assert found, self.text
        return unescape(found[1])

    def hidden(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, self.text
        return unescape(found[1])

    def beside(self, name: str) -> str:
        """The sentence beside a field that was refused."""
        found = re.search(rf'id="{name}-error">([^<]*)<', self.text)
        assert found, self.text
        return unescape(found[1])


@dataclass
class Visitor:
    """Somebody at the shop, and what there is behind it."""

    api: Api
    records: Records
    session: aiohttp.ClientSession
    origin: str
    sandbox: str
    said: dict[str, str] = field(default_factory=dict)
    """What the form of the details holds."""

    async def get(self, path: str, **headers: str) -> Seen:
        """Open a page."""
        return await self.send("GET", path, headers=headers)

    async def post(self, path: str, form: Mapping[str, str], **headers: str) -> Seen:
        """Send a form as the page's own browser does."""
        own = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        return await self.send("POST", path, data=dict(form), headers={**own, **headers})

    async def send(self, method: str, path: str, **options: Any) -> Seen:
        """Send anything."""
        async with self.session.request(
            method, f"{self.origin}{path}", allow_redirects=False, **options
        ) as answer:
            return Seen(answer.status, answer.headers, await answer.text())

    async def details(self, query: str = "market=de&desk-lamp=1") -> Seen:
        """Come to the details' page, and take its form as it is proposed."""
        sent_on = await self.get(f"/shop/details?{query}")
        shown = await self.get(sent_on.location)
        found = re.findall(r'<input id="(\w+)"[^>]* value="([^"]*)"', shown.text)
        carried = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown.text)
        self.said = {name: unescape(value) for name, value in (*carried, *found)}
        return shown

    async def open(self, query: str = "market=de&desk-lamp=1", **changes: str) -> str:
        """Open a purchase; gives its id."""
        await self.details(query)
        sent_on = await self.post("/shop/purchases", {**self.said, **changes})
        assert sent_on.status == 303, sent_on.text
        return sent_on.location.split("/")[3]

    async def choose(self, purchase_id: str, method: str = "creditCard", card: str = "good") -> str:
        """Pay in the drop-in, and give the shop what it hands over; gives the source's id."""
        shown = await self.get(f"/shop/purchases/{purchase_id}/pay")
        source = await self.drop_in(shown, {"method": method, "card": card})
        sent_on = await self.post(f"/shop/purchases/{purchase_id}/source", {"sourceId": source})
        assert (303, f"/shop/purchases/{purchase_id}/review") == (sent_on.status, sent_on.location)
        return source

    async def drop_in(self, shown: Seen, form: Mapping[str, str]) -> str:
        """Send the form in the frame of a page; gives the source that is handed over."""
        found = re.search(r'<iframe[^>]* src="([^"]+)"', shown.text)
        assert found, shown.text
        frame = urlsplit(unescape(found[1]))
        url = f"{frame.scheme}://{frame.netloc}{frame.path}"
        async with self.session.get(unescape(found[1])) as answer:
            inside = Seen(answer.status, answer.headers, await answer.text())
        told = {name: inside.hidden(name) for name in ("session", "return")}
        async with self.session.post(url, data={**told, **form}) as answer:
            made = re.search(r'data-source="([^"]+)"', await answer.text())
        assert made, url
        return made[1]

    async def submit(self, purchase_id: str, **changes: str) -> Seen:
        """Press the button of the last look."""
        shown = await self.get(f"/shop/purchases/{purchase_id}/review")
        form = {"terms": "yes", "total": shown.hidden("total"), **changes}
        return await self.post(f"/shop/purchases/{purchase_id}/submit", form)

    async def buy(self, **choice: str) -> str:
        """Go all the way; gives the purchase's id."""
        purchase_id = await self.open()
        await self.choose(purchase_id, **choice)
        sent_on = await self.submit(purchase_id)
        assert sent_on.location == f"/shop/purchases/{purchase_id}/thanks"
        return purchase_id

    async def orders(self, purchase_id: str) -> int:
        """How many orders the sandbox has of a purchase."""
        url = f"{self.sandbox}/_sandbox/ledger?upstreamId={purchase_id}"
        async with self.session.get(url) as answer:
            return len((await answer.json())["orders"])
