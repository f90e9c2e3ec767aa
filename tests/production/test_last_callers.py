import asyncio

from aiohttp import web
from aiohttp.test_utils import unused_port

from api.connections import Runner, site

HOST = "127.0.0.1"
CALLERS = 60
CALL = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def hello(request):
    """Answer whoever comes."""
    del request
    return web.Response(text="hello")


async def caller(port):
    """Knock, ask, and tell how it went."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(CALL)
        answer = await reader.read()
        writer.close()
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return type(error).__name__
    return "answered" if answer.endswith(b"hello") else "left alone"


async def test_nobody_who_was_let_in_is_turned_away():
    """Callers whom the system let in before the end are answered; those after it are refused."""
    app = web.Application()
    app.router.add_get("/", hello)
    runner, port = Runner(app), unused_port()
    await runner.setup()
    place = site(runner, HOST, port)
    await place.start()
    early = [asyncio.create_task(caller(port)) for _ in range(CALLERS)]
    # So far that each has knocked, and nobody has opened.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await place.stop()
    outcomes = await asyncio.gather(*early)
    late = await caller(port)
    await runner.cleanup()

    assert ["answered"] * CALLERS == outcomes
    assert "refused" == late
