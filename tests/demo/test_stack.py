"""The four processes together, with programs of a few lines in their place."""

import asyncio
import os
import signal
import sys

import pytest

from demo.child import Program
from demo.failures import ChildDiedError
from demo.ports import Ports
from demo.stack import Stack, programs
from demo.until_signal import run_until_signal

BROKEN = "raise SystemExit('no such table')"
ALONE = """
import asyncio, sys
from demo.until_signal import run_until_signal

async def main():
    try:
        print("running", flush=True)
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.05)
        print("cleaned up", flush=True)

sys.exit(3 if run_until_signal(main()) is None else 0)
"""


@pytest.fixture
def stack_of(tmp_path, server):
    """Build a stack of tiny servers on these ports, with a worker of its own."""

    def build(ports, worker=server):
        numbers = {
            "temporal": ports.temporal,
            "sandbox": ports.sandbox,
            "worker": ports.worker,
            "api": ports.api,
        }
        tiny = [
            Program(
                name,
                (sys.executable, "-c", worker if name == "worker" else server, str(port)),
                f"http://127.0.0.1:{port}/",
            )
            for name, port in numbers.items()
        ]
        return Stack(tiny, os.environ, tmp_path, tmp_path / "logs")

    return build


async def test_everything_is_up_inside_and_gone_after(stack_of):
    """Inside, all four answer and have told so; after it, all ports are free again."""
    ports, told = Ports.free(), []

    async with stack_of(ports).running(told.append):
        names = {line.split()[0] for line in told}
    ports.check()

    assert names == {"temporal", "sandbox", "worker", "api"}


async def test_a_process_that_does_not_come_up_takes_the_others_along(stack_of):
    """The message says why, and nothing is left running."""
    ports = Ports.free()

    with pytest.raises(ChildDiedError, match=r"(?s)worker.*no such table"):
        async with stack_of(ports, worker=BROKEN).running(lambda _: None):
            pass

    ports.check()


async def test_a_killed_worker_is_no_failure_and_starts_again(stack_of):
    """The worker is killed on purpose, answers again after its start, and no death is told."""
    stack = stack_of(Ports.free())

    async with stack.running(lambda _: None):
        await stack.kill_worker()
        await stack.start_worker()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await stack.death()


async def test_a_second_signal_does_not_cut_the_stop_short(stack_of):
    """A task that is cancelled again while it stops the processes still stops them all."""
    ports, running = Ports.free(), asyncio.Event()

    async def run():
        async with stack_of(ports).running(lambda _: None):
            running.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await running.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    ports.check()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_a_command_in_good_order(number):
    """Ctrl-C, a termination and a closed terminal all let the command clean up."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ALONE, stdout=asyncio.subprocess.PIPE
    )
    first = await process.stdout.readline()
    process.send_signal(number)
    rest = await process.stdout.read()

    assert (first, rest, await process.wait()) == (b"running\n", b"cleaned up\n", 3)


def test_a_result_is_handed_on():
    """Without a signal the command's own result comes back."""

    async def main():
        return 7

    assert run_until_signal(main()) == 7


def test_the_dev_server_listens_on_loopback_only(tmp_path):
    """Temporal is told its address, its ports and its file, and speed only where asked."""
    temporal = programs(Ports(api=1, sandbox=2, temporal=3, ui=4, worker=5), tmp_path)[0]
    options = dict(zip(temporal.command, temporal.command[1:], strict=False))

    assert options["--ip"] == "127.0.0.1"
    assert (options["--port"], options["--ui-port"]) == ("3", "4")
    assert options["--db-filename"] == str(tmp_path / "temporal.db")
    assert "timerProcessorMaxTimeShift" not in " ".join(temporal.command)
