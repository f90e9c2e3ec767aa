"""Plays the stories, all at once, and says how each has ended."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from .board import Board
from .failures import StoryError
from .http import JSON
from .ledger import Row, compare, unknown
from .polling import poll
from .scene import Scene
from .stack import Stack
from .stage import Stage
from .stories import Story, name_of

_STORY_SECONDS: Final = 60.0
_AGREE_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Ending:
    """How a story went: `failure` and the purchase's timeline where it went wrong."""

    story: str
    failure: str | None
    timeline: Sequence[JSON] = ()
    purchases: Sequence[str] = ()


async def play(
    stories: Sequence[Story], stage: Stage, stack: Stack, board: Board
) -> Sequence[Ending]:
    """Play all stories at once; raises ChildDiedError as soon as a process ends by itself."""
    playing = asyncio.gather(*(_play_one(story, stage, board) for story in stories))
    death = asyncio.create_task(stack.death())
    try:
        both: set[asyncio.Future[Any]] = {playing, death}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            raise death.result()
        return playing.result()
    finally:
        playing.cancel()
        death.cancel()
        await asyncio.gather(playing, death, return_exceptions=True)


async def _play_one(story: Story, stage: Stage, board: Board) -> Ending:
    name = name_of(story)
    scene = Scene(stage, name, name)
    try:
        async with asyncio.timeout(_STORY_SECONDS):
            await story(scene)
        failure = None
    except StoryError as error:
        failure = str(error)
    except TimeoutError:
        failure = f"was not over after {_STORY_SECONDS:.0f} s"
    except aiohttp.ClientError as error:
        failure = f"a call came to nothing: {error}"
    board.over(name, well=failure is None)
    if failure is None:
        return Ending(name, None, purchases=scene.purchases)
    scene.says(f"FAILED: {failure}")
    return Ending(name, failure, await scene.timeline(), scene.purchases)


async def reconcile(endings: Sequence[Ending], stage: Stage) -> Sequence[Row]:
    """Set both ledgers of each purchase side by side, once they have had time to agree."""
    purchases = (purchase for ending in endings for purchase in ending.purchases)
    return await asyncio.gather(*(_agreed(purchase, stage) for purchase in purchases))


async def _agreed(purchase_id: str, stage: Stage) -> Row:
    """Wait for both ledgers to be equal, as an order left behind is cancelled a little later."""

    async def look() -> Row | None:
        row = await _compared(purchase_id, stage)
        return None if row.differences else row

    try:
        async with asyncio.timeout(_AGREE_SECONDS):
            return await poll(look, every=0.5)
    except TimeoutError:
        return await _compared(purchase_id, stage)


async def _compared(purchase_id: str, stage: Stage) -> Row:
    purchase = await stage.ferryman.get(f"/purchases/{purchase_id}")
    ledger = await stage.sandbox.get("/_sandbox/ledger", upstreamId=purchase_id)
    if purchase.status == HTTPStatus.NOT_FOUND:
        return unknown(purchase_id, ledger.body)
    return compare(purchase.body, ledger.body)
