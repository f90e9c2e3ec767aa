"""Each fact is told once, in order, by one courier at a time, on both databases."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from ferryman.notices import NoticeType
from ferryman.notices.notification import Progress
from ferryman.purchase.purchase import Attention, Fulfillment, Order, ShippedItem
from ferryman.purchase.states import State
from ferryman.records.engine import writing
from ferryman.records.outbox import Outbox, Outcome
from ferryman.records.posting import FOR_THE_REST
from ferryman.records.tables import notices
from tests.ferryman.records.samples import BEGINNING, a_purchase

TAKEN = Outcome(taken=True, status=200, cause=None, duration=timedelta(milliseconds=12))
GIVEN_UP = Outcome(taken=False, status=410, cause="gone", duration=timedelta(milliseconds=5))
AGAIN = Outcome(
    taken=False, status=500, cause=None, duration=timedelta(milliseconds=5), again=timedelta()
)
LATER = Outcome(
    taken=False,
    status=None,
    cause="timeout",
    duration=timedelta(seconds=10),
    again=timedelta(hours=1),
)


def accepted(purchase_id="p1", version=1, parcels=0, **changes):
    """Make an accepted purchase of which so many parcels are on their way."""
    shipped = tuple(
        Fulfillment(
            shipment_id=f"parcel-{number}",
            items=(ShippedItem(line_id="1", quantity=1),),
            state="shipped",
            created_time=BEGINNING,
        )
        for number in range(1, parcels + 1)
    )
    fields = {"state": State.ACCEPTED, "order": "o1", "fulfillments": shipped}
    return a_purchase(purchase_id, version, **{**fields, **changes})


@pytest.fixture
def outbox(records):
    """Give the outbox of these records."""
    return Outbox(records.engine)


async def told(outbox, purchase_id="p1"):
    """Read which notices a purchase has, with their numbers."""
    return [(each.notice.sequence, each.notice.type) for each in await outbox.of(purchase_id)]


async def make_due(records):
    """Let the time of every notice come, and every lease end."""
    async with writing(records.engine) as connection:
        await connection.execute(update(notices).values(due=0, leased_until=0))


class TestPosting:
    async def test_once(self, records, outbox):
        """However often, and by whom, a fact is shown: it is told once, numbered without gaps."""
        for version in (1, 1, 2):
            await records.save(accepted(version=version), [])
        await records.save(accepted(version=3, parcels=2), [])
        await records.save(accepted(version=2), [])
        await records.save_next(accepted(version=4, parcels=3), [])
        await records.save_next(accepted(version=4, parcels=4), [])

        assert [
            (1, NoticeType.CONFIRMED),
            (2, NoticeType.SHIPPED),
            (3, NoticeType.SHIPPED),
            (4, NoticeType.SHIPPED),
        ] == await told(outbox)

    async def test_crowd(self, open_records, records, outbox):
        """Many versions saved at once, from two processes, number each fact once and gapless."""
        others = await open_records()
        await asyncio.gather(
            *(
                (records, others)[number % 2].save(accepted(version=number, parcels=number), [])
                for number in range(1, 21)
            )
        )
        sequences = [sequence for sequence, _ in await told(outbox)]
        ids = {each.notice.id for each in await outbox.of("p1")}

        assert list(range(1, 22)) == sequences
        assert 21 == len(ids)

    async def test_with_its_version_or_not_at_all(self, records, outbox, monkeypatch):
        """Where the version cannot be kept, nobody is told of it."""

        async def broken(*_):
            raise ConnectionError

        with monkeypatch.context() as patched:
            patched.setattr("ferryman.records.posting.Posting.post", broken)
            with pytest.raises(ConnectionError):
                await records.save(accepted(), [])

        assert (None, []) == (await records.get("p1"), await told(outbox))

    async def test_attention_called_again_by_a_repeated_task(self, records, outbox):
        """A reason that stands already is not told again, though it is said to stand since later.

        Once it had gone away, it is news.
        """
        began = BEGINNING.replace(microsecond=0)
        for version, second in ((1, 0), (1, 1), (2, 2)):
            since = began + timedelta(seconds=second)
            attention = Attention(reason="late_payment", since=since)
            await records.save(a_purchase(version=version, needs_attention=attention), [])
        await records.save(a_purchase(version=3), [])
        await records.save(a_purchase(version=4, needs_attention=attention), [])
        later = Attention(reason="late_payment", since=began + timedelta(hours=1))
        await records.save(a_purchase(version=5), [])
        await records.save_next(a_purchase(version=6, needs_attention=later), [])

        seen = [each.notice.data.attention.since for each in await outbox.of("p1")]
        assert [began, since, later.since] == seen

    async def test_overtaken(self, records, outbox):
        """A version that comes after a newer one calls nobody for what is settled."""
        attention = Attention(reason="provider_away", since=BEGINNING)
        await records.save(a_purchase(version=2), [])
        await records.save(a_purchase(version=1, needs_attention=attention), [])
        await records.save_next(a_purchase(version=2, needs_attention=attention), [])

        assert [] == await told(outbox)

    async def test_kept_back_for_its_date(self, records, outbox):
        """A cancellation waits a little for Digital River's date, and then has it."""
        ended = Order(
            id="o1",
            state="cancelled",
            state_transitions={"cancelled": BEGINNING.replace(year=2020)},
        )
        await records.save(a_purchase(state=State.CANCELLED, order="o1"), [])
        kept_back = await outbox.take(1)
        whole = a_purchase(version=2, state=State.CANCELLED).model_copy(update={"order": ended})
        await records.save(whole, [])
        (parcel,) = await outbox.take(1)
        (notification,) = await outbox.of("p1")

        assert [] == kept_back
        assert 2020 == notification.notice.data.cancellation.date.year
        assert '"date":"2020-' in parcel.body

    async def test_goes_without_its_date(self, records, outbox):
        """A cancellation whose date never comes is told all the same, and then stays as it is."""
        await records.save(a_purchase(state=State.CANCELLED, order="o1"), [])
        (waiting,) = await outbox.of("p1")
        await make_due(records)
        (parcel,) = await outbox.take(1)
        ended = Order(
            id="o1",
            state="cancelled",
            state_transitions={"cancelled": BEGINNING.replace(year=2020)},
        )
        late = a_purchase(version=2, state=State.CANCELLED).model_copy(update={"order": ended})
        await records.save(late, [])
        (sent,) = await outbox.of("p1")

        assert waiting.next_attempt is not None
        assert FOR_THE_REST >= timedelta(seconds=30)
        assert '"date":"2026-' in parcel.body
        assert 2026 == sent.notice.data.cancellation.date.year


class TestTaking:
    async def test_alone(self, open_records, records):
        """Couriers side by side, on two engines, never hold the same notice at once."""
        others = Outbox((await open_records()).engine)
        couriers = [Outbox(records.engine), others]
        for number in range(1, 21):
            await records.save(accepted(f"p{number}", order=f"o{number}"), [])

        taken = await asyncio.gather(*(couriers[turn % 2].take(3) for turn in range(20)))

        names = [parcel.purchase_id for parcels in taken for parcel in parcels]
        assert len(names) == len(set(names))
        assert {f"p{number}" for number in range(1, 21)} == {
            *names,
            *(parcel.purchase_id for parcel in await others.take(20)),
        }

    async def test_in_order(self, records, outbox):
        """A later notice of a purchase waits until the one before is delivered or given up."""
        await records.save(accepted(parcels=2), [])
        await records.save(accepted("p2", order="o2"), [])

        first = await outbox.take(10)
        nothing = await outbox.take(10)
        for parcel in first:
            await outbox.close(parcel, TAKEN if parcel.purchase_id == "p1" else LATER)
        (second,) = await outbox.take(10)
        await outbox.close(second, GIVEN_UP)
        (third,) = await outbox.take(10)

        assert {("p1", 1), ("p2", 1)} == {(each.purchase_id, each.sequence) for each in first}
        assert [] == nothing
        assert [("p1", 2), ("p1", 3)] == [
            (each.purchase_id, each.sequence) for each in (second, third)
        ]

    async def test_courier_dies(self, records, outbox):
        """What a dead courier held is taken by another; the dead one's late word counts no more."""
        await records.save(accepted(), [])
        (first,) = await outbox.take(1)
        await make_due(records)
        (second,) = await outbox.take(1)
        await outbox.close(first, TAKEN)
        (notification,) = await outbox.of("p1")

        assert (1, 2) == (first.attempt, second.attempt)
        assert first.id == second.id
        assert Progress.WAITING == notification.state

    async def test_due(self, records, outbox):
        """A notice that failed is not sent again before its time."""
        await records.save(accepted(), [])
        (parcel,) = await outbox.take(1)
        await outbox.close(parcel, LATER)
        nothing = await outbox.take(1)
        await make_due(records)
        (again,) = await outbox.take(1)

        assert [] == nothing
        assert 2 == again.tries

    async def test_log(self, records, outbox):
        """Every attempt is kept with its time, status or cause, and how long it took."""
        await records.save(accepted(), [])
        for outcome in (AGAIN, LATER, TAKEN):
            (parcel,) = await outbox.take(1)
            await outbox.close(parcel, outcome)
            await make_due(records)
        (notification,) = await outbox.of("p1")

        assert [(500, None, 5), (None, "timeout", 10_000), (200, None, 12)] == [
            (each.status, each.cause, each.duration_ms) for each in notification.attempts
        ]
        assert (Progress.DELIVERED, None) == (notification.state, notification.next_attempt)


class TestResending:
    async def test_delivered(self, records, outbox):
        """What was delivered goes out once more, under its id, and holds up nothing."""
        await records.save(accepted(), [])
        (parcel,) = await outbox.take(1)
        await outbox.close(parcel, TAKEN)
        await records.save(accepted(version=2, parcels=1), [])
        resent = await outbox.resend("p1", 1)
        both = {each.sequence: each.id for each in await outbox.take(10)}

        assert Progress.RESENDING == resent.state
        assert ({1, 2}, parcel.id) == (both.keys(), both[1])

    async def test_given_up(self, records, outbox):
        """What was given up has all its tries again."""
        await records.save(accepted(), [])
        (parcel,) = await outbox.take(1)
        await outbox.close(parcel, GIVEN_UP)
        given_up = await outbox.take(1)
        await outbox.resend("p1", 1)
        (again,) = await outbox.take(1)
        await outbox.close(again, TAKEN)

        assert ([], 1, 2) == (given_up, again.tries, again.attempt)
        assert Progress.DELIVERED == (await outbox.of("p1"))[0].state

    async def test_waiting(self, records, outbox):
        """What waits for its next try is sent now."""
        await records.save(accepted(), [])
        (parcel,) = await outbox.take(1)
        await outbox.close(parcel, LATER)
        await outbox.resend("p1", 1)

        assert 1 == len(await outbox.take(1))

    async def test_unknown(self, records, outbox):
        """There is nothing to resend under a number that no notice has."""
        await records.save(accepted(), [])

        assert await outbox.resend("p1", 2) is None
        assert await outbox.resend("p2", 1) is None


async def test_kept_as_signed(records, outbox):
    """What is sent is the very text that was kept."""
    await records.save(accepted(), [])
    (parcel,) = await outbox.take(1)
    async with records.engine.connect() as connection:
        kept = await connection.scalar(text("SELECT body FROM notices"))

    assert kept == parcel.body == (await outbox.of("p1"))[0].notice.body()
