"""The command as a person runs it: `python -m ferryman sync-skus`."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL
from dataclasses import astuple
from functools import partial

import pytest

from ferryman.catalogue import command
from ferryman.catalogue.check import check
from ferryman.catalogue.command import Exit
from ferryman.catalogue.rows import Format
from ferryman.settings import settings_or_exit
from tests.ferryman.catalogue.conftest import BOOTS, product
from tests.running.command import begun, ended, told


async def begins(river, folder, *arguments, stdin=DEVNULL, **environment):
    """Begin the command in a folder of its own."""
    return await begun(
        folder,
        *(sys.executable, "-m", "ferryman", "sync-skus", *arguments),
        environment=told(DIGITAL_RIVER_BASE_URL=river.url, **environment),
        stdin=stdin,
        # Whoever starts the tests in the background may have had Ctrl-C ignored for all below.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


async def ran(river, folder, *arguments, **more):
    """Exit code, stdout and stderr."""
    return astuple(await ended(await begins(river, folder, *arguments, **more)))


async def test_whole_run(river, catalogue, tmp_path):
    """Refused rows are named by their lines before the table; the others are sent."""
    path = catalogue(BOOTS, product(1), {**BOOTS, "id": "no good"}, product(1))
    code, out, err = await ran(river, tmp_path, path)
    page = await river.client.list_skus()

    assert (1, "") == (code, err)
    lines = out.splitlines()
    assert "catalogue.jsonl:2: sku-00001 stands in line 4 too" == lines[0]
    assert lines[1].startswith("catalogue.jsonl:3: no good id: ")
    assert ["1", "0", "0", "3"] == [word for word in out.split() if word.isdigit()][-4:]
    assert ["boots-42"] == [sku.id for sku in page.data]


async def test_database_keeps_the_pace(river, catalogue, tmp_path):
    """Where a database is configured the run takes its turns with the workers; it ends with 0."""
    url = f"sqlite+aiosqlite:///{tmp_path}/shared.db"
    code, out, err = await ran(river, tmp_path, catalogue(BOOTS), FERRYMAN_DATABASE_URL=url)

    assert (0, "") == (code, err)
    assert "created" in out
    assert (tmp_path / "shared.db").exists()


@pytest.mark.parametrize(
    ("name", "arguments", "environment", "sentence"),
    [
        ("catalogue.txt", (), {}, "--format"),
        ("catalogue.csv", (), {}, "unknown columns"),
        ("catalogue.jsonl", ("--format", "xml"), {}, "xml"),
        ("catalogue.jsonl", (), {"DIGITAL_RIVER_TIMEOUT": "soon"}, "DIGITAL_RIVER_TIMEOUT"),
    ],
)
async def test_unusable(river, tmp_path, name, arguments, environment, sentence):
    """What cannot be used is 2 and a sentence, and Digital River hears nothing."""
    (tmp_path / name).write_text("[]\n", encoding="utf-8")
    code, out, err = await ran(river, tmp_path, tmp_path / name, *arguments, **environment)

    assert 2 == code
    assert sentence in out + err
    assert [] == await river.asked()


async def test_interrupted_run_goes_on_in_the_next(river, catalogue, tmp_path):
    """Ctrl-C leaves what is sent; the next run sends the rest."""
    path = catalogue(*(product(number) for number in range(60)))
    process = await begins(river, tmp_path, path)
    while "PUT /skus/sku-00005" not in await river.asked():
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    first = await ended(process)
    sent = len((await river.client.list_skus()).data)
    code, again, _ = await ran(river, tmp_path, path, DIGITAL_RIVER_RATE_LIMIT="1000")

    assert 130 == first.code, first.err
    assert "Interrupted" in first.err
    assert "created" in first.out
    assert 0 < sent < 60
    assert 0 == code
    assert [str(60 - sent), "0", str(sent), "0"] == [
        word for word in again.split() if word.isdigit()
    ]


async def test_key_is_never_shown(river, catalogue, tmp_path):
    """A refused key stops the run with 3 and stands in no line."""
    code, out, err = await ran(
        river, tmp_path, catalogue(BOOTS), DIGITAL_RIVER_API_KEY="sk_test_of_another"
    )

    assert 3 == code
    assert "Stopped" in err
    assert "sk_test_of_another" not in out + err


async def test_pipe_is_no_file(river, catalogue, tmp_path):
    """What can be read only once is refused with 2; nobody believes that it was sent."""
    end, other = os.pipe()
    os.write(other, catalogue(BOOTS).read_bytes())
    os.close(other)
    code, _, err = await ran(river, tmp_path, "/dev/stdin", "--format", "jsonl", stdin=end)
    os.close(end)

    assert 2 == code
    assert "no regular file" in err
    assert [] == await river.asked()


@pytest.mark.parametrize("rewritten", [(), (product(1),), (product(1), product(2), product(3))])
async def test_file_that_changes_meanwhile_stops_the_run(
    river, catalogue, tmp_path, capsys, monkeypatch, rewritten
):
    """What is sent was looked through: a catalogue that is written anew meanwhile is 3."""
    path = catalogue(product(1), product(2))
    monkeypatch.setattr(command, "check", lambda rows: (check(rows), catalogue(*rewritten))[0])
    monkeypatch.setenv("DIGITAL_RIVER_BASE_URL", river.url)
    monkeypatch.chdir(tmp_path)
    settings = settings_or_exit()
    over = await asyncio.to_thread(command.sync_skus, path, Format.JSONL, settings, dry_run=False)

    assert Exit.STOPPED is over
    assert "has changed" in capsys.readouterr().err
