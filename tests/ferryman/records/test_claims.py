"""A key belongs to whoever comes first, and its first answer stays."""

import asyncio

import pytest

from ferryman.records import Claim, PurchaseExists
from tests.ferryman.records.samples import a_purchase


async def test_first_claim(records):
    """The first claim is kept as it was made."""
    claim = await records.claim("key", "print", "p1")

    assert Claim("key", "print", "p1", None) == claim


async def test_second_claim(records):
    """Whoever comes later with the key learns what the first one said and was answered."""
    await records.claim("key", "print", "p1")
    await records.answer("key", b"first")

    again = await records.claim("key", "other print", "p2")

    assert Claim("key", "print", "p1", b"first") == again


async def test_taken_purchase(records):
    """Another key cannot start the same purchase."""
    await records.claim("key", "print", "p1")

    with pytest.raises(PurchaseExists):
        await records.claim("other key", "print", "p1")


async def test_crowd_of_claims(open_records, records):
    """Of many who come at once, from two processes, one wins and all learn the same."""
    others = await open_records()

    claims = await asyncio.gather(
        *(
            (records, others)[number % 2].claim("key", f"print{number}", f"p{number}")
            for number in range(40)
        )
    )

    assert len(set(claims)) == 1
    assert sum(claim.first for claim in claims) == 1


async def test_crowd_of_keys(records):
    """Of many keys that come at once for one purchase, one wins."""
    outcomes = await asyncio.gather(
        *(records.claim(f"key{number}", "print", "p1") for number in range(20)),
        return_exceptions=True,
    )

    winners = [outcome for outcome in outcomes if isinstance(outcome, Claim)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, PurchaseExists)]
    assert (len(winners), len(losers)) == (1, 19)


async def test_crowd_of_answers(open_records, records):
    """Of 200 answers at once, from two processes, the first stays and all get that one."""
    others = await open_records()
    await records.claim("key", "print", "p1")

    answers = await asyncio.gather(
        *((records, others)[number % 2].answer("key", b"%d" % number) for number in range(200))
    )

    assert len(set(answers)) == 1
    assert answers[0] == (await records.claim("key", "print", "p1")).answer


async def test_any_bytes(records):
    """An answer is kept byte for byte."""
    await records.claim("key", "print", "p1")
    body = bytes(range(256))

    assert body == await records.answer("key", body)
    assert body == (await records.claim("key", "print", "p1")).answer


async def test_answer_without_claim(records):
    """An answer to nothing is an error."""
    with pytest.raises(LookupError):
        await records.answer("key", b"first")


class TestRelease:
    async def test_never_begun(self, records):
        """A key whose purchase never began is free again, and so is the purchase's id."""
        await records.claim("key", "print", "p1")

        await records.release("key")

        assert Claim("other", "print", "p1", None) == await records.claim("other", "print", "p1")
        assert (await records.claim("key", "other", "p2")).purchase_id == "p2"

    async def test_answered(self, records):
        """An answered key stays."""
        await records.claim("key", "print", "p1")
        await records.answer("key", b"first")

        await records.release("key")

        assert (await records.claim("key", "print", "p2")).answer == b"first"

    async def test_begun(self, records):
        """A key whose purchase has a record stays."""
        await records.claim("key", "print", "p1")
        await records.save(a_purchase("p1"), [])

        await records.release("key")

        assert (await records.claim("key", "print", "p2")).purchase_id == "p1"

    async def test_unknown(self, records):
        """Releasing what nobody claimed changes nothing."""
        await records.release("key")
