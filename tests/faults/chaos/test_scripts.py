"""What the shoppers of a seed want."""

from collections import Counter

import pytest

from faults.chaos.merchant import written
from faults.chaos.people import CANARIES
from faults.chaos.scripts import COURSES, write
from faults.evidence import exact
from ferryman.purchase.request import PurchaseRequest

KEPT_AT_HOME = {"email", "name", "street", "phone", "address of the browser"}


@pytest.mark.parametrize("count", [21, 40, 150])
def test_every_course_is_taken(count):
    """Every way that a purchase can go is gone at least once, as often as its share otherwise."""
    taken = Counter(script.name for script in write(3, count, 75))

    assert COURSES.keys() == taken.keys()
    assert count == taken.total()


def test_a_seed_is_one_crowd():
    """The same seed brings the same shoppers with the same wishes at the same times."""
    assert write(3, 40, 75) == write(3, 40, 75) != write(4, 40, 75)


def test_they_come_while_the_storm_lasts():
    """Arrivals are spread over the first 70% of it."""
    arrivals = sorted(script.arrives for script in write(3, 150, 75))

    assert arrivals[0] < 5
    assert 45 < arrivals[-1] <= 52.5


def test_what_they_want_is_a_purchase_request():
    """Each request is one that Ferryman takes, and all personal data in it can be found again."""
    for script in write(3, 40, 75):
        said = written(script.request)
        PurchaseRequest.read(exact(said))

        assert set(CANARIES) == {name for name, word in CANARIES.items() if word in said.lower()}
