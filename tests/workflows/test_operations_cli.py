"""Operators act by Temporal's own command line too, with the same judgement and the same trace."""

import asyncio
import json
from typing import Any

from tests.conftest import program
from tests.workflows.acting import acts


async def by_command(shop, shopper, said: dict[str, Any]) -> tuple[int | None, str]:
    """Send an act as an operator types it; the exit code and all that is printed."""
    asked = await asyncio.create_subprocess_exec(
        program("temporal"),
        *("workflow", "update", "execute", "--name", "operate"),
        *("--workflow-id", shopper.handle.id, "--input", json.dumps(said)),
        *("--address", shop.temporal.client.service_client.config.target_host),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        printed, _ = await asked.communicate()
    return asked.returncode, printed.decode()


async def test_act_by_command(shop):
    """It is taken, and the timeline names who acted and why."""
    shopper = await shop.begin()
    said = {"action": "hold", "reason": "the address is checked", "actor": "erika.beispiel"}
    code, printed = await by_command(shop, shopper, said)

    assert 0 == code, printed
    detail = {"actor": "erika.beispiel", "reason": "the address is checked"}
    assert [("hold", detail)] == await acts(shopper)


async def test_refusal_by_command(shop):
    """What is not legal now is refused with the reason, what is not complete with what it lacks."""
    shopper = await shop.begin()
    by = {"reason": "why not", "actor": "erika.beispiel"}
    illegal = await by_command(shop, shopper, {"action": "release", **by})
    lacking = await by_command(shop, shopper, {"action": "extendDeadline", **by})
    unknown = await by_command(shop, shopper, {"action": "explode", **by})

    assert (1, True) == (illegal[0], "nothing is held" in illegal[1])
    assert (1, True) == (lacking[0], "extendDeadline needs until" in lacking[1])
    assert (1, True) == (unknown[0], "forceCancel" in unknown[1])
    assert [] == await acts(shopper)
