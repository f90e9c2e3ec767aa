import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.monitoring.facts import Facts
from tests.monitoring.failing import figures_of_failures
from tests.monitoring.files import named, queries, rules
from tests.monitoring.prometheus import asking
from tests.monitoring.running import DECLINED_CARD, Running, Span, running

pytestmark = pytest.mark.timeout(180)

PURCHASES = 20
MOST_SERIES = 50
PERSONAL = ("erika", "beispiel", "zeisigweg", "köln", "4444222233331111")
SECRET = ("sk_test_sandbox", "ferryman-development", "whsec_")
_SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? \S+$")
_PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Told:
    """What the system has told while twenty purchases went through it."""

    system: Running
    purchases: Mapping[str, str]
    """The id of the shop's requests, by purchase."""
    api: str
    worker: str
    failing: str
    """The figures of a worker whose flows fail in all ways."""
    provider: list[dict[str, Any]]
    """The calls that the sandbox has got."""


@pytest.fixture(scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """One run of everything."""
    async with running(tmp_path_factory.mktemp("running")) as system:
        wanted = {f"shop-{number}": f"request-{number}" for number in range(PURCHASES)}
        await asyncio.gather(*(_whole(system, *each) for each in wanted.items()))
        await system.buy("shop-declined", "request-declined", DECLINED_CARD)
        await system.call("POST", "/webhooks/digital-river", {"id": "forged"})
        await system.call("GET", "/purchases/shop-0", headers={"Authorization": "Bearer none"})
        failing = await figures_of_failures(f"127.0.0.1:{system.ports.temporal}")
        ledgers = [await system.ledger(each) for each in wanted]
        api, worker = await system.figures("api"), await system.figures("worker")
        await _until_collected(system, "POST /fulfillments")
        calls = [call for ledger in ledgers for call in ledger["requests"]]
        yield Told(system, wanted, api, worker, failing, calls)


async def _whole(system: Running, purchase_id: str, request_id: str) -> None:
    await system.buy(purchase_id, request_id)
    await system.complete(purchase_id)


async def _until_collected(system: Running, last: str) -> None:
    async with asyncio.timeout(40):
        while sum(span.name == last for span in system.collector.spans) < PURCHASES:
            await asyncio.sleep(0.1)


def _labels(*texts: str) -> dict[str, list[frozenset[tuple[str, str]]]]:
    """The label sets of each figure."""
    found: dict[str, list[frozenset[tuple[str, str]]]] = defaultdict(list)
    for line in "\n".join(texts).splitlines():
        if line.startswith("# TYPE "):
            found.setdefault(line.split()[2], [])
        elif sample := _SAMPLE.match(line):
            name, labels = sample.groups()
            found[name].append(frozenset(_PAIR.findall(labels or "")))
    return found


@pytest.fixture(scope="module")
def figures(told: Told) -> dict[str, list[frozenset[tuple[str, str]]]]:
    """All figures of all processes."""
    return _labels(told.api, told.worker, told.failing)


def _expressions() -> Iterable[str]:
    return [*(rule["expr"] for rule in rules()), *queries()]


def test_what_rules_and_dashboard_name_is_told(figures):
    """No rule waits for a figure, and no panel shows one, that no process has."""
    wanted = {name for expression in _expressions() for name, _ in named(expression)}

    suffixed = {f"{name}_{end}" for name in figures for end in ("bucket", "count", "sum")}
    assert set() == wanted - set(figures) - suffixed
    assert len(wanted) > 25


def test_what_they_choose_by_is_told(figures):
    """A label that a rule or a panel chooses by is one of that figure's."""
    wrong = [
        (name, chosen - {label for label, _ in figures[name][0]})
        for expression in _expressions()
        for name, chosen in named(expression)
        if figures.get(name) and chosen - {label for label, _ in figures[name][0]}
    ]

    assert [] == wrong


def test_few_series(figures):
    """Each figure of ours has at most fifty combinations of labels, and no id in any."""
    numbers = {}
    for name, sets in figures.items():
        if name.startswith("ferryman_"):
            apart = {frozenset(pair for pair in each if pair[0] != "le") for each in sets}
            numbers[name] = len(apart)

    assert [] == [name for name, number in numbers.items() if number > MOST_SERIES]
    assert sum(numbers.values()) > 100


def test_figures_name_nobody(told):
    """Neither persons nor secrets nor ids of purchases and orders stand in any figure."""
    text = (told.api + told.worker).lower()
    orders = {call["path"].split("/")[2] for call in told.provider if "/orders/" in call["path"]}

    forbidden = (*PERSONAL, *SECRET, *(each.lower() for each in orders), "shop-", "request-")
    assert len(orders) == PURCHASES
    assert [] == [word for word in forbidden if word in text]


def test_one_trace(told):
    """A purchase is one trace: request, start, workflow, step, call to Digital River."""
    spans = told.system.collector.spans
    asked = [span for span in spans if span.attributes.get("request_id") == "request-3"]
    opened = next(span for span in asked if span.name == "POST /purchases")
    trace = told.system.collector.of(opened.trace)
    by_id = {span.id: span for span in trace}

    called = next(span for span in trace if span.name == "POST /orders")
    assert [
        "POST /orders",
        "RunActivity:create_order",
        "StartActivity:create_order",
        "StartUpdateWithStartWorkflow:Purchase",
        "POST /purchases",
    ] == [span.name for span in _upwards(called, by_id)]
    assert {"RunWorkflow:Purchase", "HandleUpdate:checkout"} <= {span.name for span in trace}
    assert {"ferryman-api", "ferryman-worker"} == {span.service for span in trace}
    workflows = {span.attributes.get("temporalWorkflowID") for span in trace} - {None}
    assert {"purchase/shop-3"} == workflows


def _upwards(span: Span, by_id: Mapping[str, Span]) -> Iterable[Span]:
    while True:
        yield span
        if span.parent not in by_id:
            return
        span = by_id[span.parent]


def test_traces_name_nobody(told):
    """No span holds personal data, a secret, a query or what an error said."""
    said = "\n".join(span.said for span in told.system.collector.spans).lower()

    assert [] == [word for word in (*PERSONAL, *SECRET, "?", "traceback") if word in said]
    assert len(told.system.collector.spans) > 20 * PURCHASES


def test_correlation(told):
    """From any one of six ids and lines all others of a purchase are found, twenty of twenty."""
    facts = Facts(told.system, told.provider)
    found = 0
    for purchase_id, request_id in told.purchases.items():
        starts = (
            *(request_id, purchase_id, f"purchase/{purchase_id}"),
            facts.one(purchase_id, "api", "event_id"),
            facts.one(purchase_id, "worker", "request_id"),
            facts.one(purchase_id, "provider", "request_id"),
        )
        found += all(facts.lead(start, purchase_id) for start in starts)

    assert PURCHASES == found


def test_the_order_is_made_for_the_request_that_asked(told):
    """Digital River gets the id of the very request that submitted the purchase."""
    made = {
        call["upstreamId"]: call["callersRequestId"]
        for call in told.provider
        if (call["method"], call["path"]) == ("POST", "/orders")
    }

    assert dict(told.purchases) == made


async def test_a_real_prometheus_takes_it_all(told, tmp_path):
    """Prometheus reads both processes, and evaluates every rule and panel without an error."""
    async with asking(told.system, tmp_path) as ask:
        up = await ask("query", query="sum(up)")
        groups = (await ask("rules"))["groups"]
        shown = [await ask("query", query=_now(query)) for query in queries()]

    assert "2" == up["result"][0]["value"][1]
    wrong = [rule for group in groups for rule in group["rules"] if rule["health"] != "ok"]
    assert [] == wrong
    # What only counts failures is empty in a healthy system.
    assert sum(bool(each["result"]) for each in shown) > 2 * len(shown) / 3


def _now(query: str) -> str:
    return query.replace("$__rate_interval", "30s").replace("[24h]", "[30s]")


def test_unknown_keys_open_no_figures(told):
    """Nobody's requests are counted by what they name."""
    assert 'outcome="unauthorized"} 1.0' in told.api
    assert 'route="/purchases/{id}",status="401"} 1.0' in told.api
