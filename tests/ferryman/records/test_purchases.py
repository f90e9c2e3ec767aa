"""The record shows the newest version, all entries and every order that a purchase ever had."""

import asyncio
import itertools
from datetime import UTC
from decimal import Decimal

import pytest

from ferryman.purchase.purchase import Attention, Checkout, Order
from ferryman.purchase.states import State
from ferryman.records import UnknownCursor
from tests.ferryman.records.samples import BEGINNING, a_purchase, an_entry, an_event


async def ids(records, **filters):
    """Read the ids of a page, and whether there are more."""
    page = await records.list(**({"limit": 100} | filters))
    return [purchase.id for purchase in page.data], page.has_more


async def test_saved(records):
    """What is read is what was saved, amounts and times exactly."""
    purchase = a_purchase(
        order="o1",
        checkout="c1",
        customer_message="Größe ✓",
        needs_attention=Attention(reason="look", since=BEGINNING),
    )
    amount = Decimal("1234567890.15")
    purchase = purchase.model_copy(
        update={
            "checkout": Checkout(id="c1", currency="EUR", total_amount=amount),
            "order": Order(id="o1", state="accepted", state_transitions={"accepted": BEGINNING}),
        }
    )

    await records.save(purchase, [])

    read = await records.get("p1")
    assert purchase.model_dump(mode="json") == read.model_dump(mode="json")
    assert amount == read.checkout.total_amount
    assert read.created_time.tzinfo == UTC


async def test_unknown(records):
    """What was never saved is not there."""
    assert await records.get("p1") is None
    assert await records.timeline("p1") == []


@pytest.mark.parametrize("versions", list(itertools.permutations([1, 2, 3])))
async def test_versions(records, versions):
    """In whatever order the versions come, and however often, the highest stays."""
    for version in versions * 2:
        await records.save(a_purchase(version=version, state=State.ACCEPTED), [])

    assert (await records.get("p1")).version == 3


async def test_same_version(records):
    """A version that the flow ran again is kept as it was run last."""
    await records.save(a_purchase(customer_message="first"), [])
    await records.save(a_purchase(customer_message="second"), [])

    assert (await records.get("p1")).customer_message == "second"


async def test_crowd_of_versions(open_records, records):
    """Of many versions saved at once, from two processes, the highest stays, with all entries."""
    others = await open_records()

    await asyncio.gather(
        *(
            (records, others)[number % 2].save(a_purchase(version=number), [an_entry(number)])
            for number in range(1, 41)
        )
    )

    assert (await records.get("p1")).version == 40
    assert list(range(1, 41)) == [entry.sequence for entry in await records.timeline("p1")]


class TestNext:
    async def test_crowd(self, open_records, records):
        """Of many who add to the same version at once, from two processes, one does."""
        others = await open_records()
        await records.save(a_purchase(), [an_entry(1)])

        saved = await asyncio.gather(
            *(
                (records, others)[number % 2].save_next(
                    a_purchase(version=2, customer_message=str(number)), [an_entry(2, str(number))]
                )
                for number in range(20)
            )
        )

        (winner,) = [str(number) for number, done in enumerate(saved) if done]
        assert winner == (await records.get("p1")).customer_message
        assert winner == (await records.timeline("p1"))[-1].name

    async def test_overtaken(self, records):
        """What was read before a newer version came is not written over it."""
        await records.save(a_purchase(version=3), [an_entry(1)])

        assert await records.save_next(a_purchase(version=3), [an_entry(2)]) is False
        assert await records.save_next(a_purchase(version=5), [an_entry(2)]) is False
        assert await records.save_next(a_purchase("p2", version=1), []) is False
        assert [an_entry(1)] == await records.timeline("p1")

    async def test_findable(self, records):
        """An order that a closed purchase gets leads to it."""
        await records.save(a_purchase(), [])
        await records.save_next(a_purchase(version=2, order="o1"), [])

        assert await records.owner_of_order("o1") == "p1"


class TestTimeline:
    async def test_run_again(self, records):
        """Versions that the flow ran again, with more or less in them, leave no gap or double."""
        await records.save(a_purchase(), [an_entry(1, total=5), an_entry(2)])
        await records.save(a_purchase(version=2), [an_entry(3), an_entry(4)])
        await records.save(a_purchase(version=3), [an_entry(5)])

        await records.save(a_purchase(version=2), [an_entry(number) for number in (3, 4, 5)])
        await records.save(a_purchase(version=3), [an_entry(6, "other")])

        expected = [an_entry(1, total=5), *map(an_entry, range(2, 6)), an_entry(6, "other")]
        assert expected == await records.timeline("p1")

    async def test_run_again_under_a_higher_version(self, records):
        """Entries of a run that never became history go when the next run says otherwise."""
        await records.save(a_purchase(), [an_entry(1)])
        await records.save(a_purchase(version=7), [an_entry(2), an_entry(3)])

        await records.save(a_purchase(version=11), [an_entry(2, "other")])

        assert [an_entry(1), an_entry(2, "other")] == await records.timeline("p1")

    async def test_run_again_shorter(self, records):
        """What only the lost run of a version had is gone."""
        await records.save(a_purchase(), [an_entry(1), an_entry(2)])
        await records.save(a_purchase(), [an_entry(1)])

        assert [an_entry(1)] == await records.timeline("p1")

    async def test_late_version(self, records):
        """Entries of an overtaken version are kept all the same."""
        await records.save(a_purchase(version=2), [an_entry(2)])
        await records.save(a_purchase(version=1), [an_entry(1)])

        assert [entry.sequence for entry in await records.timeline("p1")] == [1, 2]

    async def test_resumed(self, records):
        """Reading goes on after a sequence number, as far as wanted."""
        await records.save(a_purchase(), [an_entry(number) for number in range(1, 12)])

        read = await records.timeline("p1", after=2, limit=3)

        assert [entry.sequence for entry in read] == [3, 4, 5]

    async def test_times(self, records):
        """Entries' times are aware, in UTC and to the microsecond."""
        await records.save(a_purchase(), [an_entry(1)])

        (entry,) = await records.timeline("p1")

        assert (UTC, an_entry(1).time) == (entry.time.tzinfo, entry.time)

    async def test_apart(self, records):
        """Purchases do not see each other's entries."""
        await records.save(a_purchase("p1"), [an_entry(1)])
        await records.save(a_purchase("p2"), [an_entry(1, "other")])

        assert [entry.name for entry in await records.timeline("p1")] == ["checkout built"]


class TestList:
    async def test_newest_first(self, records):
        """The list begins with the youngest purchase."""
        for name in ("p2", "p11", "p1"):
            await records.save(a_purchase(name), [])

        assert await ids(records) == (["p11", "p2", "p1"], False)

    async def test_pages(self, records):
        """Pages follow each other without a gap or a double, whatever comes meanwhile."""
        names = [f"p{number}" for number in range(1, 8)]
        for name in names:
            # All but the first are equally old, so that only their ids order them.
            await records.save(a_purchase(name, created_time=a_purchase("p2").created_time), [])

        seen, has_more = await ids(records, limit=3)
        assert has_more
        await records.save(a_purchase("p9"), [])
        while has_more:
            page, has_more = await ids(records, limit=3, starting_after=seen[-1])
            seen += page

        assert list(reversed(names)) == seen

    async def test_last_page(self, records):
        """A page that takes all there is promises no more."""
        for name in ("p1", "p2"):
            await records.save(a_purchase(name), [])

        assert await ids(records, limit=2) == (["p2", "p1"], False)
        assert await ids(records, limit=1) == (["p2"], True)

    async def test_filters(self, records):
        """The list can be had by state and by need of attention."""
        looked_for = Attention(reason="look", since=BEGINNING)
        await records.save(a_purchase("p1", state=State.ACCEPTED), [])
        await records.save(a_purchase("p2", needs_attention=looked_for), [])
        await records.save(a_purchase("p3", state=State.ACCEPTED, needs_attention=looked_for), [])

        assert (await ids(records, state="accepted"))[0] == ["p3", "p1"]
        assert (await ids(records, needs_attention=True))[0] == ["p3", "p2"]
        assert (await ids(records, needs_attention=False))[0] == ["p1"]
        assert (await ids(records, state="accepted", needs_attention=True))[0] == ["p3"]
        assert await ids(records, starting_after="p3", needs_attention=True) == (["p2"], False)

    async def test_filters_follow(self, records):
        """A purchase is listed under the state of its newest version."""
        await records.save(a_purchase(), [])
        await records.save(a_purchase(version=2, state=State.ACCEPTED), [])

        assert (await ids(records, state="checkout"))[0] == []
        assert (await ids(records, state="accepted"))[0] == ["p1"]

    async def test_unknown_cursor(self, records):
        """A list cannot go on after a purchase that is not there."""
        with pytest.raises(UnknownCursor):
            await records.list(limit=10, starting_after="p1")


class TestOwners:
    async def test_all_it_had(self, records):
        """Orders and checkouts left behind still lead to their purchase."""
        await records.save(a_purchase(checkout="c1"), [])
        await records.save(a_purchase(version=2, checkout="c1", order="o1"), [])
        await records.save(a_purchase(version=4, checkout="c2", order="o2"), [])
        await records.save(a_purchase(version=3, checkout="c3", order="o3"), [])

        for number in (1, 2, 3):
            assert await records.owner_of_checkout(f"c{number}") == "p1"
            assert await records.owner_of_order(f"o{number}") == "p1"

    async def test_kinds(self, records):
        """An order's id is not taken for a checkout's."""
        await records.save(a_purchase(checkout="x1", order="x2"), [])

        assert await records.owner_of_order("x1") is None
        assert await records.owner_of_checkout("x2") is None

    async def test_many(self, records):
        """The purchases of many orders are found in one go, and read in another."""
        for number in (1, 2, 3):
            await records.save(a_purchase(f"p{number}", order=f"o{number}", checkout="c"), [])

        owners = await records.owners("order", ["o1", "o3", "o9"])

        assert {"o1": "p1", "o3": "p3"} == owners
        assert {"p1", "p3"} == set(await records.several([*owners.values(), "p9"]))
        assert {} == await records.owners("checkout", ["o1"])
        assert {} == await records.several([])

    async def test_handed_over(self, records):
        """An order has another owner once that one has a record; the first never gets it back."""
        await records.save(a_purchase(order="o1"), [])
        too_early = await records.hand_over("o1", "p2")
        await records.save(a_purchase("p2"), [])
        done = [await records.hand_over(order, "p2") for order in ("o1", "o1", "o2")]
        await records.save(a_purchase(version=2, order="o1"), [])

        assert (False, [True] * 3) == (too_early, done)
        assert {"o1": "p2", "o2": "p2"} == await records.owners("order", ["o1", "o2"])


class TestHeard:
    async def test_unheard(self, records):
        """The events in any timeline have been heard, whoever saved them, and no others."""
        told = [an_event(number, f"e{number}") for number in (1, 2)]
        await records.save(a_purchase(), [*told, an_entry(3, id="e3")])
        await records.save_next(a_purchase(version=2), [an_event(4, "e4")])

        assert {"e3", "e5"} == await records.unheard([f"e{number}" for number in range(1, 6)])

    async def test_twice(self, records):
        """An event that two versions tell of stays the first purchase's."""
        await records.save(a_purchase(), [an_event(1, "e1")])
        await records.save(a_purchase("p2"), [an_event(1, "e1"), an_event(2, "e2")])

        assert set() == await records.unheard(["e1", "e2"])


async def shown(records, purchase, entries):
    """Show a version, and wait until that is over one way or the other."""
    records.show(purchase, entries)
    await asyncio.gather(*records._showing)  # noqa: SLF001 - nobody else waits for it


async def test_shown_in_passing(records):
    """What is shown can be read, and what is saved later replaces it entry by entry."""
    await records.save(a_purchase(version=1), [an_entry(1)])
    await shown(records, a_purchase(version=2), [an_event(2, "e1")])
    first = await records.get("p1"), await records.timeline("p1")
    await records.save(a_purchase(version=3), [an_event(2, "e1"), an_entry(3)])

    assert (2, [1, 2]) == (first[0].version, [entry.sequence for entry in first[1]])
    assert [1, 2, 3] == [entry.sequence for entry in await records.timeline("p1")]


@pytest.mark.parametrize("version", [2, 3])
async def test_shown_too_late(records, version):
    """A version that is shown when another has taken its place leaves no trace at all."""
    await records.save(a_purchase(version=1), [an_entry(1)])
    await records.save(a_purchase(version=3, order="o1"), [an_entry(2, "an act"), an_entry(3)])
    await shown(records, a_purchase(version=version), [an_event(2, "e1")])
    record, timeline = await records.get("p1"), await records.timeline("p1")

    assert "o1" == record.order.id
    assert ["checkout built", "an act", "checkout built"] == [entry.name for entry in timeline]
    assert {"e1"} == await records.unheard({"e1"})
