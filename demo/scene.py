"""One purchase of a story: who acts in it, and how it has to end."""

from typing import Final

from .catalogue import GERMANY, Market
from .failures import StoryError
from .http import JSON, Answer
from .polling import poll
from .stage import Stage

_FINAL: Final = frozenset({"blocked", "cancelled", "expired"})
_NOT_NOW: Final = frozenset({202, 503, 504})
_REPEAT_AFTER = 0.5


class Scene:
    """A purchase under its own id, in the market that it is bought in."""

    def __init__(self, stage: Stage, story: str, purchase_id: str) -> None:
        self.stage = stage
        self.story = story
        self.id = purchase_id
        self.market: Market = GERMANY

    def says(self, sentence: str) -> None:
        """Report a step."""
        self.stage.tell(self.story, sentence)

    async def purchase(self) -> JSON:
        """Read the purchase; raises StoryError where that fails."""
        return _good(await self.stage.ferryman.get(f"/purchases/{self.id}"), "reading it").body

    async def timeline(self) -> list[JSON]:
        """Read everything that happened to the purchase; empty where there is none yet."""
        answer = await self.stage.ferryman.get(f"/purchases/{self.id}/timeline")
        entries: list[JSON] = answer.body.get("data", [])
        return entries

    async def finished(
        self, method: str, path: str, body: JSON, headers: dict[str, str] | None = None
    ) -> Answer:
        """Make a call of the merchant's, again and again until its result is known.

        202, 503 and 504 say "not yet"; repeating a call is always safe ("Purchase").
        """

        async def once() -> Answer | None:
            answer = await self.stage.ferryman.send(method, path, body, headers)
            return None if answer.status in _NOT_NOW else answer

        return await poll(once, _REPEAT_AFTER)

    async def act(self, method: str, path: str, body: JSON) -> JSON:
        """Call `/purchases/{id}` + path until it is done; raises StoryError where refused."""
        answer = await self.finished(method, f"/purchases/{self.id}{path}", body)
        return _good(answer, f"{method} {path}").body

    async def reaches(self, state: str, reason: str | None = None) -> JSON:
        """Wait for a state; raises StoryError as soon as the purchase can never come to it."""

        async def look() -> JSON | None:
            purchase = await self.purchase()
            if purchase["state"] == state:
                return purchase
            if purchase["state"] in _FINAL:
                raise StoryError(f"is {_worded(purchase)} where it had to become {state}")
            return None

        purchase = await poll(look)
        if reason is not None and purchase["reason"] != reason:
            raise StoryError(f"is {_worded(purchase)} where the reason had to be {reason}")
        return purchase

    async def ends(self, state: str, reason: str | None = None) -> None:
        """Wait for the state that the story says is the end."""
        self.says(f"the purchase is {_worded(await self.reaches(state, reason))}")


def _worded(purchase: JSON) -> str:
    reason = purchase["reason"]
    return f"{purchase['state']} ({reason})" if reason else str(purchase["state"])


def _good(answer: Answer, what: str) -> Answer:
    if answer.status not in (200, 201):
        said = answer.body
        told = f"{said.get('title')}: {said.get('detail')} {said.get('errors', '')}".strip()
        raise StoryError(f"{what} was answered {answer.status} {told}")
    return answer
