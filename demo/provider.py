"""What happens at Digital River's side: money, reviews and events, by the sandbox's controls."""

from collections.abc import Mapping
from datetime import UTC, datetime

from .catalogue import Product, session_request
from .failures import StoryError
from .http import JSON
from .polling import poll
from .scene import Scene


async def gets_the_money(scene: Scene) -> None:
    """Let the shopper's money arrive, or the redirect be authorised."""
    await _control(scene, f"{_order(scene)}/pay", {})
    scene.says("the money arrives at Digital River")


async def sees_the_shopper_leave(scene: Scene) -> None:
    """Let the shopper leave the redirect's site without paying."""
    await _control(scene, f"{_order(scene)}/abandon", {})
    scene.says("the shopper leaves the payment page without paying")


async def decides(scene: Scene, decision: str) -> None:
    """End the fraud review: `pass` or `block`."""
    await _control(scene, f"{_order(scene)}/review", {"decision": decision})
    scene.says(f"the fraud review's decision: {decision}")


async def captures(scene: Scene) -> None:
    """Wait until some money of this purchase is captured, which may then be disputed."""

    async def look() -> bool | None:
        order = (await _ledger(scene))["orders"][-1]
        return order["availableToRefundAmount"] > 0 or None

    await poll(look)
    scene.says("the money of the first parcel is captured")


async def opens_dispute(scene: Scene) -> None:
    """Let the shopper's bank dispute the charge."""
    await _control(scene, f"{_order(scene)}/dispute", {})
    scene.says("the shopper's bank disputes the charge")


async def resolves_dispute(scene: Scene) -> None:
    """End the dispute in the merchant's favour."""
    await _control(scene, f"{_order(scene)}/resolve", {})
    scene.says("the dispute is resolved")


async def hears_the_bank_account(scene: Scene, refund_id: str) -> None:
    """Let the shopper say where a refund shall go."""
    await _control(scene, f"/_sandbox/refunds/{refund_id}/information", {})
    scene.says("the shopper names a bank account")


async def sells_on_its_own_page(scene: Scene, wanted: Mapping[Product, int]) -> None:
    """Begin a session of Prebuilt Checkout and let the shopper buy there."""
    request = session_request(scene.id, scene.market, wanted)
    session = await scene.stage.sandbox.send("POST", "/drop-in/checkout-sessions", request)
    if "id" not in session.body:
        raise StoryError(f"Digital River begins no session: {session.body}")
    scene.says("the shopper is sent to Digital River's own checkout page")
    await _control(scene, f"/_sandbox/checkout-sessions/{session.body['id']}/buy", {})
    scene.says("the shopper buys there, and Digital River makes the order")


async def loses_events(scene: Scene) -> None:
    """Lose every webhook of this purchase."""
    await _control(scene, "/_sandbox/event-rules", {"upstreamId": scene.id, "action": "drop"})
    scene.says("every webhook will be lost")


async def repeats_and_shuffles_events(scene: Scene) -> None:
    """Send every webhook of this purchase three times and in no order."""
    rules: tuple[JSON, ...] = (
        {"action": "duplicate", "copies": 3},
        {"action": "shuffle", "window": "PT1S"},
    )
    for rule in rules:
        await _control(scene, "/_sandbox/event-rules", {"upstreamId": scene.id, **rule})
    scene.says("every webhook will come three times, shuffled")


async def keeps_silent_about_the_order(scene: Scene) -> None:
    """Create this purchase's order, but let the caller wait for the answer."""
    call = {"upstreamId": scene.id, "method": "POST", "path": "/orders"}
    await _control(scene, "/_sandbox/faults", {**call, "kind": "timeout_after", "times": 1})


async def has_the_order(scene: Scene) -> bool:
    """Tell whether Digital River has an order of this purchase."""
    return bool((await _ledger(scene))["orders"])


async def seconds_to_deadline(scene: Scene) -> float:
    """Tell how long this purchase still waits for money."""
    deadline = datetime.fromisoformat((await scene.purchase())["paymentDeadline"])
    return (deadline - datetime.now(UTC)).total_seconds()


def _order(scene: Scene) -> str:
    return f"/_sandbox/orders/upstream:{scene.id}"


async def _ledger(scene: Scene) -> JSON:
    return (await scene.stage.sandbox.get("/_sandbox/ledger", upstreamId=scene.id)).body


async def _control(scene: Scene, path: str, body: JSON) -> None:
    answer = await scene.stage.sandbox.send("POST", path, body)
    if answer.status not in (200, 201, 202, 204):
        raise StoryError(f"the sandbox answered {answer.status} to {path}: {answer.body}")
