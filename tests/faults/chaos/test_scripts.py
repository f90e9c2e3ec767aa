"""What the shoppers of a seed want."""

from collections import Counter

import pytest

from faults.chaos.merchant import written
from faults.chaos.people import PERSONAL
from faults.chaos.scripts import COURSES, write
from faults.evidence import exact
from ferryman.purchase.request import PurchaseRequest


@pytest.mark.parametrize("count", [21, 40, 150])
def test_every_course_is_taken(count):
    """Every way that a purchase can go is gone at least once, as often as its share otherwise."""
    taken = Counter(script.name for script in write(3, count, 85))

    assert COURSES.keys() == taken.keys()
    assert count == taken.total()


def test_a_seed_is_one_crowd():
    """The same seed brings the same shoppers with the same wishes at the same times."""
    assert write(3, 40, 85) == write(3, 40, 85) != write(4, 40, 85)


def test_they_come_while_the_storm_lasts():
    """Arrivals are spread over the first half of it."""
    arrivals = sorted(script.arrives for script in write(3, 150, 85))

    assert arrivals[0] < 5
    assert 40 < arrivals[-1] <= 45.05


def test_what_they_want_is_a_purchase_request():
    """Each request is one that Ferryman takes, and all personal data in it can be found again."""
    for script in write(3, 40, 85):
        said = written(script.request)
        PurchaseRequest.read(exact(said))

        known = {name for name, word in PERSONAL.items() if word in said.lower()}
        # Who pays is known at Digital River alone, which tells it with the source.
        assert set(PERSONAL) - {"payer"} == known
