"""What happens at Digital River's side: money, reviews and events, by the sandbox's controls."""

from datetime import UTC, datetime

from .failures import StoryError
from .http import JSON
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
    ledger = await scene.stage.sandbox.get("/_sandbox/ledger", upstreamId=scene.id)
    return bool(ledger.body["orders"])


async def seconds_to_deadline(scene: Scene) -> float:
    """Tell how long this purchase still waits for money."""
    deadline = datetime.fromisoformat((await scene.purchase())["paymentDeadline"])
    return (deadline - datetime.now(UTC)).total_seconds()


def _order(scene: Scene) -> str:
    return f"/_sandbox/orders/upstream:{scene.id}"


async def _control(scene: Scene, path: str, body: JSON) -> None:
    answer = await scene.stage.sandbox.send("POST", path, body)
    if answer.status not in (200, 201, 202, 204):
        raise StoryError(f"the sandbox answered {answer.status} to {path}: {answer.body}")
