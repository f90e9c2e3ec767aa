"""The mistakes that connectors to Digital River make, each as small as somebody would make it."""

from .mutant import Edit, Layer, Mutant

CRASHES = "crashes"
CHAOS = "chaos"
TESTS = "tests"


def _crashes(*lives: str) -> Layer:
    """Every way at every step of these lives; the evidence is a case by its name."""
    return Layer(
        CRASHES,
        ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/crashes/test_singles.py"),
        evidence=r"[a-z_]+/[a-z_]+#\d+/\S+ [a-z /]+#\d+/[a-z_0-9]+: .{1,90}",
        environment={"LIFE": ",".join(lives), "PAIRS": "0", "CRASHES": "whole"},
    )


def _chaos(*invariants: str) -> Layer:
    """One short storm; the evidence is one of these invariants."""
    return Layer(
        CHAOS,
        ("-m", "faults.chaos", "7", "--purchases", "50", "--seconds", "25", "--brief"),
        evidence=rf"violated:.*\b({'|'.join(invariants)})\b.*",
    )


def _test(path: str, name: str) -> Layer:
    """One ordinary test, where no storm is sure to bring about what it takes."""
    return Layer(
        TESTS,
        ("-m", "pytest", "-q", "-p", "no:cacheprovider", path, "-k", name),
        evidence=rf"FAILED \S+{name}\S*",
    )


MUTANTS = (
    Mutant(
        "no-look-for-checkout",
        "a checkout is built again without looking for the first",
        (
            Edit(
                "activities/checkouts.py",
                "if _is_repeat() and (found := await self._find(asked)):",
                "if _is_repeat() and (found := None):",
            ),
        ),
        (_crashes("card"),),
    ),
    Mutant(
        "no-look-for-order",
        "an order is created without looking for the one of an earlier try",
        (
            Edit(
                "activities/looking.py",
                "if order.checkout_id == checkout_id:",
                'if order.checkout_id == "":',
            ),
        ),
        (_crashes("card"),),
    ),
    Mutant(
        "no-look-for-shipment",
        "a shipment is reported without looking for the report of an earlier try",
        (
            Edit(
                "activities/looking.py",
                "if (fulfillment.metadata or {}).get(SHIPMENT_KEY) == reference",
                'if reference == ""',
            ),
        ),
        (_crashes("card"),),
    ),
    Mutant(
        "no-settling",
        "what may still be committed is looked for at once",
        (
            Edit(
                "activities/looking.py",
                "await asyncio.sleep(self._settle_seconds)",
                "await asyncio.sleep(0)",
            ),
        ),
        (_crashes("card"),),
    ),
    Mutant(
        "refusal-believed",
        "the refusal of a repeat is believed without another look",
        (
            Edit(
                "activities/orders.py",
                "order = await self._looking.settled(find) if repeat else None",
                "order = None",
            ),
        ),
        (_crashes("card"),),
    ),
    Mutant(
        "acknowledged-first",
        "a webhook is acknowledged and then handed to Temporal",
        (
            Edit(
                "api/webhooks.py",
                "delivered = await request.app[DELIVERY].deliver(event, seconds)",
                "asyncio.ensure_future(request.app[DELIVERY].deliver(event, seconds))\n"
                "        delivered = Delivered(Outcome.TAKEN)",
            ),
            Edit("api/webhooks.py", "import time\n", "import asyncio\nimport time\n"),
            Edit(
                "api/webhooks.py",
                "from .engine import EngineError\n",
                "from .delivery import Delivered, Outcome\nfrom .engine import EngineError\n",
            ),
        ),
        (_test("tests/api/test_outages.py", "test_temporal_dead"), _chaos("I9")),
    ),
    Mutant(
        "no-dedupe",
        "an event that comes twice counts twice",
        (
            Edit("workflows/desk.py", "if event.id in self._seen:", "if not event.id:"),
            Edit("api/delivery.py", "if message.id in self._seen:", "if not message.id:"),
        ),
        (_test("tests/workflows/test_ambiguity.py", "test_one_event_many_times"), _chaos("I9")),
    ),
    Mutant(
        "no-signature",
        "whoever knows the form of a signature may send events",
        (Edit("ferryman/digital_river/signature.py", "if not matched:", "if not signatures:"),),
        (_chaos("I11"),),
    ),
    Mutant(
        "no-timestamp",
        "a signed event may be sent again for ever",
        (
            Edit(
                "ferryman/digital_river/signature.py",
                "if abs(now - _moment(timestamp)) > tolerance:",
                "if abs(now - _moment(timestamp)) > timedelta(days=99_999):",
            ),
        ),
        (_test("tests/api/test_webhooks.py", "test_signatures"), _chaos("I11")),
    ),
    Mutant(
        "no-polling",
        "nobody asks Digital River what no webhook has told",
        (
            Edit(
                "activities/orders.py",
                "if reading.mark == asked.known:",
                "if reading.mark:",
            ),
            Edit(
                "workflows/sweep.py",
                "found = [*swept.found]",
                "found: list[ProviderEvent] = []",
            ),
        ),
        (
            _test("tests/workflows/test_unpaid_orders.py", "test_payment_is_found_without"),
            _chaos("I1", "I7", "I8", "I10"),
        ),
    ),
    Mutant(
        "id-used-again",
        "a purchase may be started under the id of a closed one",
        (
            Edit(
                "api/engine.py",
                "id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,\n"
                "            static_summary=title_of",
                "static_summary=title_of",
            ),
        ),
        (_test("tests/api/test_opening.py", "test_ended_before_it_was_asked"),),
    ),
    Mutant(
        "upstream-id-alone",
        "an event is about our order where it carries our number",
        (
            Edit(
                "workflows/events.py",
                "known = case.order_id",
                "known = next((each.order_id for each in events if each.order_id), case.order_id)",
            ),
        ),
        (
            _crashes("redirect"),
            _test("tests/workflows/test_ambiguity.py", "test_event_of_another_order_with_our"),
        ),
    ),
    Mutant(
        "retry-after-ignored",
        "who is asked to wait goes on calling",
        (
            Edit(
                "ferryman/digital_river/transport.py",
                "if self._pace and (wait := asked_wait(error)) is not None:",
                "if self._pace and (wait := None) is not None:",
            ),
        ),
        (_test("tests/ferryman/digital_river/test_turns.py", "test_hold"), _chaos("I14")),
    ),
    Mutant(
        "update-for-signal",
        "an event waits for a worker before it is acknowledged",
        (
            Edit(
                "workflows/purchase.py",
                '@workflow.signal(name="provider_events",',
                '@workflow.update(name="provider_events",',
            ),
            Edit(
                "api/engine.py",
                "await handle.signal(EVENTS, events, rpc_timeout=timedelta(seconds=seconds))",
                "await handle.execute_update(EVENTS, events)",
            ),
        ),
        (_test("tests/api/test_webhooks.py", "test_needs_no_worker"),),
    ),
)
