"""The purchases that are photographed: one in each plight that the pictures show."""

import asyncio
from collections.abc import Set as AbstractSet
from http import HTTPStatus

from demo import merchant, provider, shopper
from demo.catalogue import CABLE, LAMP, UNITED_STATES
from demo.polling import poll
from demo.scene import Scene
from demo.sources import REVIEWED, UNCAPTURABLE_CARD, card, push
from demo.stage import Stage

WAITING = "order-1001"
"""Waits for a wire transfer."""
CALLING = "order-1002"
"""Its parcel has left and could not be paid for: a person is called."""
FAILING = "order-1003"
"""Its parcel cannot be reported, since Digital River does not answer."""
REVIEW = "order-1004"
DISPUTED = "order-1005"
COMPLETE = "order-1006"
OPEN = "order-1007"

_FAILURES_SHOWN = 3


async def prepare(stage: Stage, wanted: AbstractSet[str | None]) -> None:
    """Bring these purchases there, all at once; None stands for the list, which shows them all."""
    plots = {name: plot for name, plot in _PLOTS.items() if {name, None} & wanted}
    await asyncio.gather(*(plot(Scene(stage, name, name)) for name, plot in plots.items()))


async def _waits_for_money(scene: Scene) -> None:
    await shopper.fills_basket(scene, {LAMP: 2, CABLE: 1}, UNITED_STATES)
    await shopper.pays_with(scene, push("wireTransfer"))
    await shopper.submits(scene, "pending_payment")


async def _calls_a_person(scene: Scene) -> None:
    await shopper.fills_basket(scene, {LAMP: 1, CABLE: 1})
    await shopper.pays_with(scene, card(UNCAPTURABLE_CARD))
    await shopper.submits(scene, "accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.calls_a_person("capture_failed")


async def _fails(scene: Scene) -> None:
    await _accepted(scene)
    fault = {"upstreamId": scene.id, "method": "POST", "path": "/fulfillments"}
    answered = {"kind": "status", "status": HTTPStatus.SERVICE_UNAVAILABLE, "times": 0}
    await scene.stage.sandbox.send("POST", "/_sandbox/faults", {**fault, **answered})
    await merchant.has_to_hold(scene, "parcel-1", {LAMP: 1})

    async def look() -> bool | None:
        calls = await scene.stage.sandbox.get("/_sandbox/ledger", upstreamId=scene.id)
        tried = [each for each in calls.body["requests"] if each["path"] == "/fulfillments"]
        return len(tried) >= _FAILURES_SHOWN or None

    await poll(look)


async def _is_reviewed(scene: Scene) -> None:
    await shopper.fills_basket(scene, {LAMP: 1})
    await shopper.pays_with(scene, card(last_name=REVIEWED))
    await shopper.submits(scene, "in_review")


async def _is_disputed(scene: Scene) -> None:
    await _accepted(scene)
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await provider.captures(scene)
    await provider.opens_dispute(scene)
    await scene.reaches("disputed")


async def _completes(scene: Scene) -> None:
    await _accepted(scene)
    await merchant.ships(scene, "parcel-1", {LAMP: 2})
    await scene.ends("complete")


async def _accepted(scene: Scene) -> None:
    await shopper.fills_basket(scene, {LAMP: 2})
    await shopper.pays_with(scene, card())
    await shopper.submits(scene, "accepted")


_PLOTS = {
    WAITING: _waits_for_money,
    CALLING: _calls_a_person,
    FAILING: _fails,
    REVIEW: _is_reviewed,
    DISPUTED: _is_disputed,
    COMPLETE: _completes,
    OPEN: _accepted,
}
