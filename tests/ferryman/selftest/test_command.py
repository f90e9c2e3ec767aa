"""The command as a person runs it: a line for each check, what to do, an exit code."""

import base64
import hashlib
import re

import pytest
from typer.testing import CliRunner

from ferryman.__main__ import app
from tests.ferryman.selftest.parts import KEY, SECRET, address_of, polling
from tests.running.command import ran

ONE = "k1:" + base64.b64encode(bytes(32)).decode()


async def commanded(folder, **environment):
    """Run the command as a person does; its exit code and what it prints."""
    over = await ran(folder, "-m", "ferryman", "self-test", **environment)
    return over.code, over.out + over.err


async def test_command_says_all_is_well(tmp_path, river, temporal, url):
    """With everything in place it prints one line for each check and ends with 0."""
    async with polling(temporal, "well"):
        code, told = await commanded(
            tmp_path,
            TEMPORAL_ADDRESS=address_of(temporal),
            FERRYMAN_TASK_QUEUE="well",
            FERRYMAN_DATABASE_URL=url,
            FERRYMAN_API_KEYS=f"shop:write:{hashlib.sha256(b'hidden-key').hexdigest()}",
            FERRYMAN_ENCRYPTION_KEYS=ONE,
            DIGITAL_RIVER_BASE_URL=river.url,
            DIGITAL_RIVER_API_KEY=KEY,
            DIGITAL_RIVER_WEBHOOK_SECRETS=SECRET,
        )

    assert (0, 12) == (code, len(re.findall(r"^ok ", told, re.MULTILINE))), told
    for hidden in (KEY, SECRET, ONE.removeprefix("k1:"), "hidden-key"):
        assert hidden not in told


async def test_command_names_what_is_wrong(tmp_path, river):
    """Each wrong line is followed by what to do, and the exit code is 1."""
    code, told = await commanded(
        tmp_path,
        TEMPORAL_ADDRESS="127.0.0.1:1",
        DIGITAL_RIVER_BASE_URL=river.url,
        DIGITAL_RIVER_API_KEY="sk_of_nobody",
    )
    lines = told.splitlines()
    wrong = [number for number, line in enumerate(lines) if line.startswith("WRONG")]

    assert (1, 3) == (code, len(wrong)), told
    assert all("do: " in lines[number + 1] for number in wrong)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DIGITAL_RIVER_BASE_URL", "https://api.example.com", "WEBHOOK_SECRETS: the sandbox's"),
        ("FERRYMAN_API_HOST", "192.0.2.7", "API_KEYS: the development key serves loopback only"),
        ("DIGITAL_RIVER_API_KEY_FILE", "/nowhere/key", "API_KEY_FILE: FileNotFoundError"),
        ("FERRYMAN_SETTLE_TIME", "soon", "SETTLE_TIME: give an ISO 8601 duration"),
    ],
)
def test_command_tells_settings_that_cannot_work(tmp_path, monkeypatch, name, value, said):
    """What no process starts with is one wrong line that names the variable."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    told = CliRunner().invoke(app, ["self-test"])

    assert 1 == told.exit_code
    assert re.match(rf"WRONG settings +\w+_{said}", told.stdout)


def test_command_explains_itself():
    """`--help` says what is checked and how it ends."""
    told = CliRunner().invoke(app, ["self-test", "--help"])

    assert 0 == told.exit_code
    assert "something is wrong" in " ".join(re.sub(r"[│╭╮╰╯─]", " ", told.stdout).split())
