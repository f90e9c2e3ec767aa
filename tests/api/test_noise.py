from structlog.testing import capture_logs

from ferryman.digital_river.signature import HEADER
from ferryman.setting_types import Scope
from tests.api.door import WEBHOOKS, Door

STRANGE = (
    ("GET", "/nothing", {}),
    ("PUT", "/healthz", {}),
    ("GET", "/purchases", {}),
    ("GET", "/purchases?startingAfter=4111111111111111", {}),
    ("POST", WEBHOOKS, {}),
    ("POST", WEBHOOKS, {"Content-Type": "text/plain"}),
    ("POST", WEBHOOKS, {HEADER: "1, 2", "Content-Length": "0"}),
)


def _levels(logs: list[dict[str, object]]) -> list[object]:
    return [each["log_level"] for each in logs if each["event"] == "request"]


async def test_strangers(door: Door):
    """Whatever somebody without a key is refused, it leaves no line in a log at `info`."""
    with capture_logs() as logs:
        answers = [
            (await door.send(method, path, scope=None, headers=headers)).status
            for method, path, headers in STRANGE
        ]

    assert all(400 <= each < 500 for each in answers)
    assert _levels(logs) == ["debug"] * len(STRANGE)


async def test_callers(door: Door):
    """What is refused to a known key, or to Digital River, is told."""
    with capture_logs() as logs:
        await door.get("/purchases/nobody")
        await door.send("POST", "/purchases", {}, scope=Scope.WRITE)
        await door.webhook(b"{}")

    assert _levels(logs) == ["info"] * 3
