import hashlib
import os
import re
import shlex
import shutil
import subprocess

import pytest
from aiohttp.test_utils import unused_port

from deploy.locked import canonical, locked
from tests.production.composed import ROOT, dockerfile
from tests.production.running import HOST, api, running, sandbox, told, worker
from tests.running.records import sqlite

TOKEN = hashlib.sha256(b"a token").hexdigest()
OF_TESTS = (
    "pytest",
    "hypothesis",
    "mypy",
    "ruff",
    "playwright",
    "yaml",
    "hatchling",
    "pip",
    "demo",
    "faults",
    "tests",
)


def test_what_is_installed_is_checked_by_hash():
    """Of the lock, what is needed goes to pip with every hash; what is not locked stops it."""
    lock = (ROOT / "requirements.lock").read_text()
    every = {canonical(name) for name in re.findall(r"^[\w.-]+", lock, re.MULTILINE)}
    entry = locked(lock, {"aiohttp"})

    assert lock == locked(lock, every)
    assert re.match(r"aiohttp==\S+ \\\n", entry)
    assert entry.count("--hash=sha256:") == len(entry.splitlines()) - 1
    with pytest.raises(KeyError, match="left-pad"):
        locked(lock, {"left-pad"})


def copied(folder):
    """What the Dockerfile copies for building, in a folder as it would be there."""
    for line in dockerfile()[0]:
        if line.startswith("COPY"):
            *sources, target = shlex.split(line)[1:]
            for source in sources:
                path = ROOT / source
                if path.is_dir():
                    shutil.copytree(path, folder / target)
                else:
                    (folder / target).mkdir(exist_ok=True)
                    shutil.copy(path, folder / target)


def installed(folder, target):
    """Install as the Dockerfile does; the interpreter of what came of it."""
    copied(folder)
    run = next(line for line in dockerfile()[0] if line.startswith("RUN"))
    command = re.sub(r"/opt/\S+", str(target), run.removeprefix("RUN "))
    subprocess.run(["sh", "-euc", command], cwd=folder, check=True)  # noqa: S603, S607 - our own
    return target / "bin/python"


def foreign(python):
    """Those packages of tests and checks that it can import all the same."""
    script = f"import importlib.util as u; print(*filter(u.find_spec, {OF_TESTS!r}))"
    said = subprocess.run(  # noqa: S603 - our own
        [python, "-c", script], cwd="/", check=True, capture_output=True, text=True
    )
    return said.stdout.split()


def alive(python, url):
    """What the health check of a container says."""
    command = [python, "-m", "ferryman.alive", url]
    return 0 == subprocess.run(command, check=False).returncode  # noqa: S603 - our own


@pytest.mark.timeout(900)
@pytest.mark.skipif("INSTALL" not in os.environ, reason="downloads 60 packages; INSTALL=1 runs it")
async def test_all_processes_start_from_what_an_image_has(temporal, tmp_path):
    """What the Dockerfile installs has all that the processes need, and nothing of tests."""
    source = tmp_path / "source"
    source.mkdir()
    python = installed(source, tmp_path / "ferryman")
    door, one, river, codec = (unused_port() for _ in range(4))
    environment = told(temporal, sqlite(tmp_path), river, door)
    environment.pop("PYTHONPATH")
    environment["FERRYMAN_ENCRYPTION_KEYS"] = f"k1:{'A' * 43}="
    listening = {"FERRYMAN_CODEC_PORT": str(codec), "FERRYMAN_CODEC_TOKENS": f"erika:{TOKEN}"}
    programs = {
        "sandbox": sandbox(river),
        "worker": worker(one),
        "api": api(door),
        "codec": ("ferryman codec", codec, "healthz", listening),
    }
    async with running(programs, environment, tmp_path, str(python)):
        healthy = alive(python, f"http://{HOST}:{door}/readyz")

    assert healthy
    assert [] == foreign(python)
