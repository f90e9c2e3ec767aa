"""A real PostgreSQL for the tests, started once and thrown away."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


def _programs():
    """Find the folder of PostgreSQL's programs, the newest first."""
    on_path = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = ([Path(on_path)] if on_path else []) + installed
    return found[0].resolve().parent if found else None


def _servant():
    """Choose whom to run it as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


@pytest.fixture(scope="session")
def postgresql_url():
    """Run PostgreSQL on a free port of this machine; skip where it is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here (no initdb found)")
    folder = Path(tempfile.mkdtemp(prefix="ferryman-postgresql-"))
    servant = _servant()
    if servant:
        shutil.chown(folder, servant)
    data, port = folder / "data", unused_port()

    def run(program, *arguments):
        subprocess.run(  # noqa: S603 - PostgreSQL's own programs with arguments of ours
            [programs / program, "-D", data, *arguments],
            user=servant,
            cwd=folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    try:
        run("initdb", "-A", "trust", "-U", "ferryman", "-E", "UTF8", "--locale=C", "--no-sync")
        where = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {SETTINGS}"
        run("pg_ctl", "-w", "-l", folder / "log", "-o", where, "start")
        try:
            yield f"postgresql+asyncpg://ferryman@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def postgresql_database_url(postgresql_url):
    """Create an empty database of its own for one test."""
    name = f"test_{uuid.uuid4().hex}"
    engine = create_async_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return make_url(postgresql_url).set(database=name).render_as_string(hide_password=False)
