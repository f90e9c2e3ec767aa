"""The checks of the database and of the keys that open what it holds."""

import base64

import pytest
from pydantic import SecretStr

from ferryman.records import Records
from ferryman.secrecy.data_keys import DataKeys
from ferryman.secrecy.ring import KeyRing
from ferryman.selftest import database
from ferryman.selftest.finding import Verdict
from ferryman.settings import (
    ProcessSettings,
)

GOOD, WRONG = Verdict.GOOD, Verdict.WRONG
ONE = "k1:" + base64.b64encode(bytes(32)).decode()
LIKE_ONE = "k1:" + base64.b64encode(bytes(range(32))).decode()
OTHER = "k2:" + base64.b64encode(bytes(range(32))).decode()


async def looked_into(url, ring=None):
    """What the checks say of a database."""
    told = ProcessSettings(database_url=SecretStr(url), encryption_keys=ring)
    return {each.subject: each for each in await database.findings(told)}


async def test_database_as_it_should_be(url):
    """The tables of this release are seen; without keys nothing is encrypted, and that is said."""
    found = await looked_into(url)

    assert [GOOD, GOOD] == [each.verdict for each in found.values()]
    assert "in the clear" in found["encryption keys"].said


async def test_database_that_is_not_there(tmp_path):
    """A missing file is wrong, and looking for it does not make it."""
    found = await looked_into(f"sqlite+aiosqlite:///{tmp_path}/none.db")

    assert WRONG is found["database"].verdict
    assert [] == list(tmp_path.iterdir())


async def test_database_server_that_does_not_answer():
    """A database that is away is wrong, and its password is not shown."""
    found = await looked_into("postgresql+asyncpg://erika:hush@127.0.0.1:1/ferryman")

    assert WRONG is found["database"].verdict
    assert "hush" not in str(found)


async def test_database_of_another_release(tmp_path):
    """A database without our tables, or behind, is told to be brought up to date."""
    (tmp_path / "empty.db").touch()
    found = (await looked_into(f"sqlite+aiosqlite:///{tmp_path}/empty.db"))["database"]

    assert WRONG is found.verdict
    assert "tables at nothing" in found.said


@pytest.mark.parametrize(
    ("wrote", "reads", "verdict", "said"),
    [
        (ONE, ONE, GOOD, "k1 encrypts"),
        (ONE, f"{OTHER},{ONE}", GOOD, "k2 encrypts"),
        (ONE, OTHER, WRONG, "lacks the key 'k1'"),
        (ONE, LIKE_ONE, WRONG, "not the one that wrapped"),
        (ONE, None, WRONG, "were encrypted"),
        (None, ONE, GOOD, "k1 encrypts"),
    ],
)
async def test_encryption_keys(url, wrote, reads, verdict, said):
    """The ring has to open what was written with it; a key that is missing or another is named."""
    if wrote:
        records = await Records.open(url)
        await DataKeys(records.engine, KeyRing.parse(wrote)).current("purchase/one")
        await records.close()
    found = await looked_into(url, KeyRing.parse(reads) if reads else None)

    assert verdict is found["encryption keys"].verdict
    assert said in found["encryption keys"].said
