"""How a story's ending is kept, with stories of a line each."""

import asyncio
import io
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rich.console import Console

from demo import play as play_module
from demo.board import Board
from demo.failures import ChildDiedError, StoryError
from demo.http import Http
from demo.play import Ending, play
from demo.stage import Stage

ENTRY = {"sequence": 1, "time": "now", "kind": "state", "name": "checkout", "detail": {}}
STUCK = {"id": "stuck", "state": "pending_payment", "reason": None}


async def all_is_well(scene):
    """Begin a second purchase, say something, and end."""
    scene.another("again")
    scene.says("all is well")


async def goes_wrong(scene):
    """Find a purchase where it should not be."""
    raise StoryError(f"{scene.id} is lost")


async def never_ends(scene):
    """Wait for a state that never comes."""
    await scene.reaches("complete")


class QuietStack:
    """A stack whose processes live, unless it is given a death."""

    def __init__(self, death=None):
        self._death = death

    async def death(self):
        """Report the death, or wait for ever."""
        if self._death is None:
            await asyncio.Event().wait()
        return self._death


@pytest.fixture
def written():
    """Hold what the board has written."""
    return io.StringIO()


@pytest.fixture
def board(written):
    """Write to no terminal."""
    return Board(Console(file=written, width=200), ["all-is-well", "goes-wrong", "never-ends"])


@pytest.fixture
async def stage(board):
    """Play before a server that knows one purchase, which never moves."""
    app = web.Application()
    app.router.add_get("/purchases/{id}", _stuck)
    app.router.add_get("/purchases/{id}/timeline", _timeline)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        http = Http(session, str(server.make_url("")).rstrip("/"))
        yield Stage(ferryman=http, sandbox=http, machine=None, tell=board.step)


async def _stuck(_):
    return web.json_response(STUCK)


async def _timeline(_):
    return web.json_response({"data": [ENTRY]})


async def test_a_story_that_fails_leaves_the_others_alone(stage, board, written):
    """The failure is kept with the purchase's timeline; the other story ends well."""
    endings = await play([all_is_well, goes_wrong], stage, QuietStack(), board)

    assert endings == [
        Ending("all-is-well", None, purchases=["all-is-well", "all-is-well-again"]),
        Ending("goes-wrong", "goes-wrong is lost", [ENTRY], ["goes-wrong"]),
    ]
    assert "s  all-is-well  all is well" in written.getvalue()
    assert "FAILED: goes-wrong is lost" in written.getvalue()


async def test_a_story_is_bounded(stage, board, monkeypatch):
    """A purchase that never gets where it should ends the story, with its timeline."""
    monkeypatch.setattr(play_module, "_STORY_SECONDS", 0.3)
    endings = await play([never_ends], stage, QuietStack(), board)

    assert [(ending.failure, ending.timeline) for ending in endings] == [
        ("was not over after 0 s", [ENTRY])
    ]


async def test_a_dead_process_ends_the_play(stage, board):
    """Nobody waits for stories that cannot go on."""
    death = ChildDiedError("worker", 1, Path("worker.log"), ["the reason"])

    with pytest.raises(ChildDiedError, match="the reason"):
        await play([never_ends], stage, QuietStack(death), board)
