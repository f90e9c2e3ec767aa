"""One purchase of a story: who acts in it, and how it has to end."""

from typing import Final

from .catalogue import GERMANY, Market
from .failures import StoryError
from .http import JSON, Answer
from .polling import poll
from .stage import Stage

_FINAL: Final = frozenset({"blocked", "cancelled", "expired"})
_FOUND: Final = 200
_HELD: Final = 202
_REFUSED: Final = 409
_NOT_NOW: Final = frozenset({202, 503, 504})
_REPEAT_AFTER = 0.5


class Scene:
    """A purchase under its own id, in the market that it is bought in."""

    def __init__(self, stage: Stage, story: str, purchase_id: str) -> None:
        self.stage = stage
        self.story = story
        self.id = purchase_id
        self.market: Market = GERMANY
        self.purchases = [purchase_id]
        """All purchases of the story, for both ledgers."""

    def another(self, name: str) -> "Scene":
        """Begin another purchase of the same story."""
        scene = Scene(self.stage, self.story, f"{self.id}-{name}")
        self.purchases.append(scene.id)
        scene.purchases = self.purchases
        return scene

    def says(self, sentence: str) -> None:
        """Report a step."""
        self.stage.tell(self.story, sentence)

    async def purchase(self) -> JSON:
        """Read the purchase; raises StoryError where that fails."""
        return _good(await self.stage.ferryman.get(f"/purchases/{self.id}"), "reading it").body

    async def appears(self) -> None:
        """Wait for a purchase that the merchant has not opened."""

        async def look() -> bool | None:
            answer = await self.stage.ferryman.get(f"/purchases/{self.id}")
            return answer.status == _FOUND or None

        await poll(look)

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

    async def held(self, path: str, body: JSON) -> JSON:
        """Ask for what has to wait; raises StoryError where it does not."""
        answer = await self.stage.ferryman.send("POST", f"/purchases/{self.id}{path}", body)
        if answer.status != _HELD:
            raise StoryError(f"{path} was answered {answer.status} where it had to be held")
        return answer.body

    async def refused(self, path: str, body: JSON) -> str:
        """Ask for what may not be; gives the reason, raises StoryError where it is done."""
        answer = await self.stage.ferryman.send("POST", f"/purchases/{self.id}{path}", body)
        if answer.status != _REFUSED:
            raise StoryError(f"{path} was answered {answer.status} where it had to be refused")
        return str(answer.body["detail"])

    async def calls_a_person(self, reason: str) -> None:
        """Wait until the purchase asks for a person, for this reason."""

        async def look() -> JSON | None:
            attention: JSON | None = (await self.purchase())["needsAttention"]
            return attention if attention and attention["reason"] == reason else None

        await poll(look)
        self.says(f"a person is called: {reason}")

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
