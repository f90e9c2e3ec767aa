"""Somebody who looks at a purchase's page and pulls its levers."""

from dataclasses import dataclass
from typing import Any

from demo import shopper
from demo.catalogue import CABLE, LAMP
from demo.scene import Scene
from shop.levers import Pull
from tests.shop.purchase.looking import text_of


@dataclass(frozen=True)
class Page:
    """What a browser got."""

    status: int
    address: str
    body: bytes

    def says(self, part: str) -> str:
        """The words of a part of it."""
        return text_of(self.body, part) or ""


class Person:
    """Somebody who looks at one purchase's page and pulls its levers."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.session = scene.stage.ferryman._session  # noqa: SLF001 - its cookies and key are none
        self.base = f"{scene.stage.ferryman._base}/shop/purchases/{scene.id}"  # noqa: SLF001

    async def looks(self) -> Page:
        """Open the page."""
        async with self.session.get(self.base) as answer:
            return Page(answer.status, str(answer.url.relative()), await answer.read())

    async def pulls(self, lever: str, *fields: tuple[str, str], **headers: str) -> Page:
        """Send a lever's form, and follow to where the browser is sent."""
        url = f"{self.base}/levers/{lever}"
        async with self.session.post(url, data=list(fields), headers=headers) as answer:
            return Page(answer.status, str(answer.url.relative()), await answer.read())

    async def offered(self) -> set[str]:
        """Which levers the page has."""
        body = (await self.looks()).body.decode()
        return {pull for pull in Pull if f'id="pull-{pull}"' in body}


async def bought(scene: Scene, source: Any, state: str, *, market: Any = None) -> None:
    """Buy two lamps and a cable."""
    wanted = {LAMP: 2, CABLE: 1}
    await (
        shopper.fills_basket(scene, wanted, market)
        if market
        else shopper.fills_basket(scene, wanted)
    )
    await shopper.pays_with(scene, source)
    await shopper.submits(scene, state)
