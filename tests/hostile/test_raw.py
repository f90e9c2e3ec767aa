import asyncio
import time

import pytest

from tests.hostile.judge import Judge
from tests.hostile.shapes import ANSWERED, BROKEN_OFF, REFUSED
from tests.hostile.system import System
from tests.hostile.wire import LONGEST_SECONDS, Answer, Hang, read_answer

_MORE = {"pipelined": 20}
"""Of what there are more answers than one."""


async def _answers(
    system: System, sent: bytes, most: int | None = None, *, leaving: bool = False
) -> list[Answer]:
    """The first `most` answers, or everything until the API closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", system.ports.api)
    answers: list[Answer] = []
    try:
        writer.write(sent)
        if leaving:
            writer.write_eof()
        async with asyncio.timeout(LONGEST_SECONDS):
            while not reader.at_eof() and len(answers) != most:
                bodiless = sent.startswith(b"HEAD")
                answers.append(await read_answer(reader, bodiless=bodiless, began=time.monotonic()))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    except TimeoutError as error:
        raise Hang(sent[:100].decode("latin-1")) from error
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    return answers


def test_enough_shapes():
    """There are more of them than promised, and no two are the same."""
    shapes = [*REFUSED.values(), *ANSWERED.values(), *BROKEN_OFF.values()]

    assert len(shapes) >= 60
    assert len(shapes) == len(set(shapes))


@pytest.mark.parametrize("name", REFUSED)
async def test_refused(system: System, judge: Judge, name: str):
    """What is not HTTP, or could be read in two ways, is a 400 of ours or a closed connection."""
    answers = await _answers(system, REFUSED[name])
    for answer in answers:
        judge.see(name, answer)

    assert [] == judge.wrong
    assert {400} >= {answer.status for answer in answers}


@pytest.mark.parametrize("name", ANSWERED)
async def test_answered(system: System, judge: Judge, name: str):
    """What is odd but no fault is answered as a whole, and by one of our own answers."""
    most = _MORE.get(name, 1)
    answers = await _answers(system, ANSWERED[name], most)
    for answer in answers:
        judge.see(name, answer)

    assert [] == judge.wrong
    assert most == len(answers)


@pytest.mark.parametrize("name", BROKEN_OFF)
async def test_leaving(system: System, judge: Judge, name: str):
    """A client that leaves in the middle gets what can be said, and holds nothing up."""
    began = time.monotonic()
    answers = await _answers(system, BROKEN_OFF[name], leaving=True)
    for answer in answers:
        judge.see(name, answer)

    assert [] == judge.wrong
    assert {400, 408} >= {answer.status for answer in answers}
    assert time.monotonic() - began < LONGEST_SECONDS


async def _hold(system: System, judge: Judge, sent: bytes, before: bytes = b"") -> float:
    """Say so much and no more, `before` being a sound request; how long one is borne with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", system.ports.api)
    try:
        if before:
            writer.write(before)
            await read_answer(reader, bodiless=False, began=0)
        began = time.monotonic()
        writer.write(sent)
        async with asyncio.timeout(LONGEST_SECONDS):
            said = await reader.read()
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    rest = said.partition(b"\r\n\r\n")[2] if b" 100 Continue" in said else said
    if rest:
        streams = asyncio.StreamReader()
        streams.feed_data(rest)
        judge.see("silent", await read_answer(streams, bodiless=False, began=began))
    return time.monotonic() - began


async def test_falling_silent(system: System, judge: Judge):
    """A client that stays but says no more is sent away, whatever it was at, first or later."""
    sound = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    later = [sent for name, sent in BROKEN_OFF.items() if name != "nothing"]
    lasted = await asyncio.gather(
        *(_hold(system, judge, sent) for sent in BROKEN_OFF.values()),
        *(_hold(system, judge, sent, sound) for sent in later),
    )

    assert [] == judge.wrong
    assert max(lasted) < LONGEST_SECONDS
    assert {408} == set(judge.statuses)


async def test_still_serving(system: System):
    """After all that the API serves as before."""
    status, _ = await system.call("GET", "/readyz")

    assert status == 200
