"""What goes wrong on the way to Digital River and back."""

import math
from datetime import timedelta

from pydantic import TypeAdapter

from faults.chaos.place import CONDITIONS
from faults.chaos.weather import BLACKOUT, CALLS, EVENTS
from ferryman.sandbox.faults import Fault
from ferryman.sandbox.rules import Rule
from ferryman.setting_types import Duration


def _share(faults, path):
    hit = [one for one in faults if one.get("path", path) == path]
    return 1 - math.prod(1 - one["probability"] for one in hit)


def test_four_of_ten_calls_are_spoiled():
    """Calls that move nothing fail in four of ten cases, those that move money more often."""
    assert 0.36 <= _share(CALLS, "/orders/1") <= 0.42
    assert 0.19 <= _share(CALLS[:4], "/orders") <= 0.21
    assert _share(CALLS, "/fulfillments") > 0.45


def test_the_blackout_spares_nothing():
    """During a blackout every call fails."""
    assert _share(BLACKOUT, "/events") == 1


def test_the_sandbox_understands():
    """Every fault and every rule is one that the sandbox takes, and none ends by itself."""
    faults = [Fault.model_validate(one) for one in (*CALLS, *BLACKOUT)]
    rules = [Rule.model_validate(one) for one in EVENTS]

    assert {0} == {fault.times for fault in faults}
    assert {"drop", "duplicate", "delay", "shuffle"} == {rule.action for rule in rules}


def test_late_means_later_than_a_repeat():
    """What is carried out late comes after the caller's repeat, and before it has settled."""
    late = [Fault.model_validate(one).pause for one in CALLS if one["kind"] == "late_commit"]
    settled = TypeAdapter(Duration).validate_python(CONDITIONS["FERRYMAN_SETTLE_TIME"])
    repeated = timedelta(seconds=float(CONDITIONS["DIGITAL_RIVER_TIMEOUT"]) + 1)

    assert repeated < min(late)
    assert max(late) < settled
