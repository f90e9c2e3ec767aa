"""A catalogue in a file, and the real sandbox that it is brought to."""

import json

import aiohttp
import pytest

from ferryman.catalogue.rows import Refusal, read_rows
from ferryman.catalogue.sync import Synchronisation
from tests.running.river import client_of, sandbox

BOOTS = {
    "id": "boots-42",
    "name": "Boots",
    "eccn": "EAR99",
    "taxCode": "4323.310_A",
    "countryOfOrigin": "DE",
    "hsCode": "6404.20.1000",
    "weight": 1.25,
    "weightUnit": "kg",
    "metadata": {"colour": "brown"},
}


def product(number: int, **changes):
    """One of many products."""
    return {**BOOTS, "id": f"sku-{number:05}", "name": f"Product {number}", **changes}


class River:
    """The sandbox, and what was asked of it."""

    def __init__(self, url, http):
        self.url = url
        self.client = client_of(http, url, timeout_seconds=10)
        self._http = http

    async def control(self, method, path, body=None):
        """Use one of the sandbox's controls."""
        url = f"{self.url}/_sandbox/{path}"
        async with self._http.request(method, url, json=body) as response:
            return await response.json() if response.status != 204 else None

    async def asked(self):
        """Method and path of each call since this was last asked for."""
        ledger = await self.control("GET", "ledger")
        calls = [f"{call['method']} {call['path']}" for call in ledger["requests"]]
        before, self._before = getattr(self, "_before", 0), len(calls)
        return calls[before:]


@pytest.fixture
async def river():
    """Digital River without a limit."""
    async with sandbox() as url, aiohttp.ClientSession() as http:
        yield River(url, http)


@pytest.fixture
def catalogue(tmp_path):
    """Write a catalogue in JSON Lines."""

    def write(*products, name="catalogue.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(each) + "\n" for each in products), encoding="utf-8")
        return path

    return write


@pytest.fixture
def bring(river):
    """Synchronise a file; gives what became of each product."""

    async def bring(path, *, dry_run=False):
        outcomes = {}

        def tell(outcome):
            outcomes[outcome.row.product.id] = (outcome.done.value, outcome.reason)

        rows = (row for row in read_rows(path, "jsonl") if not isinstance(row, Refusal))
        await Synchronisation(river.client, tell, dry_run=dry_run).run(rows)
        return outcomes

    return bring
