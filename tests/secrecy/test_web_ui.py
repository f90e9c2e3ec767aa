"""The real Web UI in a real browser: it shows what is encrypted to those with a token alone."""

import base64
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import unused_port
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright, expect
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from ferryman.secrecy.auditors import Auditor
from ferryman.secrecy.codec_server import CodecServer
from ferryman.secrecy.converter import encrypting
from ferryman.secrecy.data_keys import DataKeys
from ferryman.secrecy.ring import KeyRing
from tests.ferryman.secrecy.conftest import RING_TEXT
from tests.ferryman.secrecy.test_codec_server import DIGEST, TOKEN
from tests.running.records import records_in
from tests.running.river import served
from tests.running.temporal import program

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SECRET = "Erika Kanarienvogel"
WORKFLOW = "purchase/in-the-browser"
PATIENCE = 30_000

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt install chromium)"),
    pytest.mark.timeout(120),
]


@dataclass
class Shown:
    """A Web UI with one encrypted workflow, and the codec server that it is told of."""

    port: int
    codec: str
    run_id: str
    cipher: str
    """What the Web UI shows of the workflow's input where it cannot read it."""

    def page(self, host: str = "127.0.0.1") -> str:
        """The workflow's page, under one of the machine's names."""
        path = f"namespaces/default/workflows/{WORKFLOW.replace('/', '%2F')}/{self.run_id}/history"
        return f"http://{host}:{self.port}/{path}"


@pytest.fixture(scope="module")
async def shown(tmp_path_factory) -> AsyncIterator[Shown]:
    """A dev server with its Web UI, and a codec server that lets in Erika and this Web UI."""
    auditors = (Auditor("erika", bytes.fromhex(DIGEST)),)
    async with records_in(tmp_path_factory.mktemp("web-ui")) as records:
        keys, port = DataKeys(records.engine, KeyRing.parse(RING_TEXT)), unused_port()
        app = CodecServer(keys, auditors, (f"http://127.0.0.1:{port}",)).app()
        async with served(app) as codec:
            environment = await WorkflowEnvironment.start_local(
                dev_server_existing_path=program("temporal"),
                data_converter=encrypting(keys),
                ui=True,
                ui_port=port,
                dev_server_extra_args=["--ui-codec-endpoint", codec],
            )
            async with environment:
                yield await begun(environment.client, port, codec)


async def begun(client: Client, port: int, codec: str) -> Shown:
    """Begin a workflow that nobody works on."""
    handle = await client.start_workflow("Purchase", SECRET, id=WORKFLOW, task_queue="nobody")
    [event, *_] = (await handle.fetch_history()).events
    [lying] = event.workflow_execution_started_event_attributes.input.payloads
    cipher = base64.b64encode(lying.data).decode()
    return Shown(port, codec, str(handle.first_execution_run_id), cipher)


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """A browser."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def browser(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A browser that knows nothing from before."""
    context = await chromium.new_context()
    yield context
    await context.close()


async def sign_in(browser: BrowserContext, shown: Shown) -> None:
    """Do as the documentation says, on the codec server's own page."""
    page = await browser.new_page()
    await page.goto(shown.codec)
    await page.get_by_label("Token").fill(TOKEN)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("Signed in as erika.")).to_be_visible(timeout=PATIENCE)


async def set_up(page: Page, shown: Shown) -> None:
    """Have the Web UI send the codec server's cookie, as the documentation says."""
    glasses = page.get_by_test_id("data-encoder-status-configured")
    await glasses.or_(page.get_by_test_id("data-encoder-status-error")).click(timeout=PATIENCE)
    await page.get_by_text("Use my browser setting").click()
    await page.get_by_label("Codec Server browser endpoint").fill(shown.codec)
    await page.get_by_text("Include cross-origin credentials").click()
    await page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    await page.reload()


async def test_signed_in(shown, browser):
    """Whoever has signed in reads in the Web UI, and the log tells who it was."""
    await sign_in(browser, shown)
    page = await browser.new_page()
    await page.goto(shown.page())
    await set_up(page, shown)
    with capture_logs() as logs:
        await page.reload()
        await expect(page.get_by_text(SECRET).first).to_be_visible(timeout=PATIENCE)

    assert shown.cipher not in await page.content()
    assert ("decoded", "erika", [WORKFLOW]) in [
        (each["event"], each.get("auditor"), each.get("workflows")) for each in logs
    ]


async def test_set_up_by_the_server(shown, browser):
    """Where the Web UI's server is told to include credentials, signing in is all there is to do.

    The dev server has no such switch: what it says of itself is changed on its way to the browser.
    """
    await sign_in(browser, shown)
    page = await browser.new_page()

    async def include(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        told["Codec"]["IncludeCredentials"] = True
        await route.fulfill(response=answer, json=told)

    await page.route("**/api/v1/settings*", include)
    await page.goto(shown.page())

    await expect(page.get_by_text(SECRET).first).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("told", [False, True])
async def test_strangers(shown, browser, told):
    """Whoever has not signed in sees cipher, however the Web UI is set up."""
    page = await browser.new_page()
    with capture_logs() as logs:
        await page.goto(shown.page())
        if told:
            await set_up(page, shown)
        await expect(page.get_by_text(shown.cipher).first).to_be_visible(timeout=PATIENCE)

    assert SECRET not in await page.content()
    assert {"decode_refused"} == {each["event"] for each in logs}


async def test_other_origin(shown, browser):
    """A page of another origin gets nothing, though its user has signed in."""
    await sign_in(browser, shown)
    page, said = await browser.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    with capture_logs() as logs:
        await page.goto(shown.page("localhost"))
        await set_up(page, shown)
        await expect(page.get_by_text(shown.cipher).first).to_be_visible(timeout=PATIENCE)

    assert SECRET not in await page.content()
    assert any("blocked by CORS policy" in each for each in said)
    assert "decoded" not in {each["event"] for each in logs}
