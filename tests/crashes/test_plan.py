from tests.crashes.crossing import Crossing
from tests.crashes.plan import pairs, singles

CROSSED = [
    Crossing("build_checkout", 1, "POST checkouts", 1),
    Crossing("create_order", 1, "POST orders", 1),
    Crossing("fulfill", 1, "POST fulfillments", 1),
]


def test_no_pair_is_drawn_twice():
    """Every pair is another one, since those of one name would be judged as one."""
    for seed in range(20):
        drawn = pairs(singles({"card": CROSSED}), seed, 60)

        assert len(drawn) == len(set(drawn)) == 60
