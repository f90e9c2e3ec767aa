"""Going through a list that grows while it is read, in as many runs as it takes."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.walk import MOST_FOUND, MOST_PAGES, MOST_RUNS, Entry, Page, Run, Walk
from ferryman.digital_river.errors import InvalidRequest, Unavailable
from ferryman.purchase.messages import Hint, ProviderEvent

LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)
NOTHING = timedelta(0)
GRACE = timedelta(minutes=1)


def at(number):
    """The time of an entry: the higher its number, the newer."""
    return LONG_AGO + timedelta(seconds=number)


class Listed:
    """A list of numbers, newest first, ten a page, each to be told."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)
        self.asked = []
        self.fails = []

    async def page(self, after):
        """The page after an entry."""
        self.asked.append(after)
        if self.fails and (error := self.fails.pop(0)) is not None:
            raise error
        listed = sorted(self.numbers, reverse=True)
        start = listed.index(int(after)) + 1 if after else 0
        entries = [Entry(str(each), at(each), each) for each in listed[start : start + 10]]
        return Page(entries, start + 10 < len(listed))

    async def judge(self, numbers):
        """All are to be told."""
        return [told(number) for number in numbers]

    async def nothing(self, numbers):
        """None is to be told."""
        return [None for _ in numbers]


def told(number):
    """What is told of an entry."""
    return ProviderEvent(id=str(number), name="order.differs", hint=Hint.DIFFERS)


async def go(listed, walk, grace=NOTHING, judge=None):
    """Make one run; give what was found, and where it ended."""
    run = Run(walk, grace)
    walk = await run.go(listed.page, judge or listed.judge)
    return [int(event.id) for event in run.found], walk


async def test_list_is_gone_through_to_its_end():
    """All pages are read, and the next walk begins at the newest entry."""
    found, walk = await go(Listed(*range(35)), Walk(since=at(-1)))

    assert list(range(34, -1, -1)) == found
    assert Walk(since=at(34)) == walk


async def test_no_more_is_found_than_a_history_holds():
    """A run that finds enough stops there; the next goes on, and misses nothing that came since."""
    listed = Listed(*range(150))
    first, walk = await go(listed, Walk(since=at(-1)))
    listed.numbers += range(150, 160)
    second, ended = await go(listed, walk)
    third, _ = await go(Listed(*range(149, 160)), ended)

    assert MOST_FOUND == len(first)
    assert set(range(150)) == {*first, *second}
    # The newcomers are above where the second run went on; the third begins below them.
    assert (Walk(since=at(149)), set(range(149, 160))) == (ended, set(third))


async def test_newcomers_of_a_long_walk_do_not_move_its_mark():
    """What a later run sees of newer times says nothing of what changed above it meanwhile."""
    listed = Listed(*range(150))
    _, walk = await go(listed, Walk(since=at(-1)))

    async def changed(after):
        page = await listed.page(after)
        return Page([Entry(e.id, at(999), e.thing) for e in page.entries], page.has_more)

    ended = await Run(walk, NOTHING).go(changed, listed.nothing)

    assert Walk(since=at(149)) == ended


async def test_failure_in_the_middle_keeps_what_was_gone_through():
    """Where the provider fails after some pages, the next run goes on from there."""
    listed = Listed(*range(35))
    listed.fails = [None, None, Unavailable()]
    first, walk = await go(listed, Walk(since=at(-1)))
    second, ended = await go(listed, walk)

    assert (20, 15) == (len(first), len(second))
    assert Walk(since=at(34)) == ended


async def test_failure_at_the_beginning_is_one():
    """Where nothing was read, the run has failed."""
    listed = Listed(1)
    listed.fails = [Unavailable()]

    with pytest.raises(Unavailable):
        await go(listed, Walk(since=at(0)))


async def test_vanished_entry_to_go_on_after():
    """Where the entry to go on after is gone, the walk begins again."""
    listed = Listed(*range(5))
    listed.fails = [InvalidRequest()]
    found, ended = await go(listed, Walk(since=at(-1), reached=at(9), after="7"))

    assert (["7", None], 5) == (listed.asked, len(found))
    assert Walk(since=at(9)) == ended


async def test_list_that_ignores_where_to_go_on():
    """A list that gives its first page over and over is read once."""
    listed = Listed(*range(5))

    async def same(after):
        del after
        return Page((await listed.page(None)).entries, has_more=True)

    run = Run(Walk(since=at(-1)), NOTHING)

    assert Walk(since=at(4)) == await run.go(same, listed.judge)
    assert (5, 2) == (len(run.found), len(listed.asked))


async def test_endless_list_is_left():
    """A list that never ends is read some pages a run, and left after some runs."""
    walk, asked = Walk(since=LONG_AGO), 0

    async def endless(after):
        nonlocal asked
        asked += 1
        number = int(after or 0) - 1
        return Page([Entry(str(number), at(number), number)], has_more=True)

    for _ in range(MOST_RUNS):
        walk = await Run(walk, NOTHING).go(endless, Listed().nothing)

    assert (MOST_RUNS * MOST_PAGES, Walk(since=LONG_AGO)) == (asked, walk)


async def test_young_entry_is_left_for_the_next_walk():
    """What may be on its way is not told yet, and the mark stays below it until it is."""
    now = datetime.now(UTC)
    entries = [
        Entry("new", now - timedelta(seconds=5), 1),
        Entry("young", now - timedelta(seconds=30), 2),
        Entry("old", now - timedelta(hours=1), 3),
    ]

    async def page(after):
        del after
        return Page(entries, has_more=False)

    run = Run(Walk(since=LONG_AGO), GRACE)
    walk = await run.go(page, Listed().judge)
    content = await Run(Walk(since=LONG_AGO), GRACE).go(page, Listed().nothing)

    assert ["3"] == [event.id for event in run.found]
    assert Walk(since=entries[2].time) == walk
    # With nothing to tell of them, young ones need not be seen again.
    assert Walk(since=entries[0].time) == content


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=400)])
async def test_provider_with_another_clock(ahead):
    """Where the provider's clock is ahead of ours, its entries are not young for ever."""
    time = datetime.now(UTC) + ahead

    async def page(after):
        del after
        return Page([Entry("1", time, 1)], has_more=False)

    run = Run(Walk(since=LONG_AGO), GRACE)
    walk = await run.go(page, Listed().judge)

    assert (1, Walk(since=time)) == (len(run.found), walk)


async def test_entries_without_a_time():
    """A provider that does not say when is believed at once, and the mark stays."""

    async def page(after):
        del after
        return Page([Entry("1", None, 1)], has_more=False)

    run = Run(Walk(since=LONG_AGO), GRACE)

    assert Walk(since=LONG_AGO) == await run.go(page, Listed().judge)
    assert 1 == len(run.found)
