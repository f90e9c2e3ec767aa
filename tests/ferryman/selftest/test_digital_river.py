"""The checks of Digital River: each red for its own reason, and green beside it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp.test_utils import unused_port
from pydantic import SecretStr

from ferryman.sandbox import SandboxSettings, create_sandbox
from ferryman.selftest.finding import Verdict
from tests.ferryman.selftest.parts import KEY, OURS, River
from tests.running.river import served

GOOD, WRONG, UNTOLD = Verdict.GOOD, Verdict.WRONG, Verdict.UNTOLD


async def test_digital_river_as_it_should_be(river):
    """Key, version, clock and webhook endpoint are good at a Digital River that knows us."""
    found = await river.verdicts()

    assert [GOOD] * 4 == [each.verdict for each in found.values()]
    assert OURS in found["webhook endpoint"].said


@pytest.mark.parametrize(
    ("status", "verdict", "said"),
    [
        (401, WRONG, "401: not known"),
        (403, WRONG, "403: known"),
        (404, WRONG, "is no Digital River"),
        (409, WRONG, "not as Digital River does"),
        (429, UNTOLD, "rate is used up"),
        (503, WRONG, "answers 503"),
    ],
)
async def test_refusals_of_the_key_are_told_apart(river, status, verdict, said):
    """Each answer to the first call has a sentence of its own, and a remedy where it is wrong."""
    await river.spoil("/orders", status)
    key = (await river.verdicts())["Digital River's key"]

    assert verdict is key.verdict
    assert said in key.said
    assert (verdict is WRONG) == bool(key.remedy)


async def test_unknown_key_is_refused(river):
    """A key that Digital River does not know is wrong, and is not shown."""
    found = await river.verdicts(api_key=SecretStr("sk_live_of_somebody_else"))

    assert WRONG is found["Digital River's key"].verdict
    assert "somebody_else" not in str(found)


async def test_nobody_there_is_told_from_a_refusal():
    """An address without a server is unreachable, not unauthorised."""
    found = await River(f"http://127.0.0.1:{unused_port()}").verdicts()

    assert WRONG is found["Digital River's key"].verdict
    assert "no answer" in found["Digital River's key"].said
    assert UNTOLD is found["clock"].verdict


async def test_refused_version(river):
    """A request that is refused as such, though it is the simplest, is the version's fault."""
    await river.spoil("/orders", 400)
    found = await river.verdicts()

    assert WRONG is found["Digital River's version"].verdict
    assert "2021-12-13" in found["Digital River's version"].said


@pytest.mark.parametrize(("apart", "verdict"), [(-400, WRONG), (400, WRONG), (200, GOOD)])
async def test_clock_beyond_the_tolerance(apart, verdict):
    """A clock further from Digital River's than webhooks may be is wrong, either way."""
    app = create_sandbox(SandboxSettings(api_key=KEY, webhook_url=OURS, _env_file=None))

    async def misdate(_, response):
        there = datetime.now(UTC) + timedelta(seconds=apart)
        response.headers["Date"] = format_datetime(there, usegmt=True)

    app.on_response_prepare.append(misdate)
    async with served(app) as url:
        found = await River(url).verdicts()

    assert verdict is found["clock"].verdict


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"enabled": False}, "is disabled"),
        ({"types": ["order.accepted"]}, "does not send order.blocked"),
        ({"address": "https://elsewhere.example.com/hooks"}, "none ends in"),
    ],
)
async def test_webhook_endpoint_that_brings_nothing(river, change, said):
    """Disabled, deaf to what we need, or elsewhere: each is wrong and has a remedy."""
    await river.change_webhook(**change)
    endpoint = (await river.verdicts())["webhook endpoint"]

    assert WRONG is endpoint.verdict
    assert said in endpoint.said
    assert endpoint.remedy


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_webhooks_that_may_not_be_listed(river, status):
    """Where Digital River shows no list of webhooks it is said so, and is no failure."""
    await river.spoil("/webhooks", status)
    endpoint = (await river.verdicts())["webhook endpoint"]

    assert UNTOLD is endpoint.verdict
    assert "cannot be told" in endpoint.said
