"""Nobody but the shop's own pages acts in the shop, and nothing runs in them that is not its."""

import re

import pytest

from shop.app import PAGES
from shop.guard import origin_of
from shop.window import WINDOW
from tests.shop.front.visiting import SCRIPT

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; frame-src {sandbox}; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
FORM = {"market": "de", "desk-lamp": "1"}


@pytest.mark.parametrize("each", PAGES, ids=lambda each: f"{each.method} {each.path}")
async def test_strange_host(visitor, each):
    """Under a name of somebody else's no page opens, whatever that name leads to."""
    path = re.sub(r"{\w+}", "unknown", each.path)
    options = {"data": FORM} if each.method == "POST" else {}
    seen = await visitor.send(each.method, path, headers={"Host": "shop.example.com"}, **options)

    assert (403, "That did not come from here") == (seen.status, seen.heading)


@pytest.mark.parametrize(
    "each", [each for each in PAGES if each.method == "POST"], ids=lambda each: each.path
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1:9"},
        {"Origin": "https://shop.example.com"},
        {"Origin": "null"},
    ],
    ids=str,
)
async def test_forms_of_others(visitor, each, headers):
    """No form is taken that another site's page has sent."""
    path = re.sub(r"{\w+}", "unknown", each.path)
    seen = await visitor.post(path, FORM, **headers)

    assert (403, "That did not come from here") == (seen.status, seen.heading)


async def test_old_browsers(visitor):
    """A browser that says nothing of where a form comes from may still buy."""
    await visitor.details()
    seen = await visitor.send("POST", "/shop/purchases", data=visitor.said)

    assert seen.status == 303


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain"])
async def test_other_bodies(visitor, kind):
    """What is no plain form is refused, so that no other body can be smuggled in."""
    headers = {"Content-Type": kind, "Origin": visitor.origin}
    seen = await visitor.send("POST", "/shop/purchases", data=b"market=de", headers=headers)

    assert (415, "That was no form") == (seen.status, seen.heading)


async def test_too_much(visitor):
    """A form that is too large ends in a page, not in a stack or a problem document."""
    seen = await visitor.post("/shop/purchases", {"name": "x" * 70_000})

    assert (413, "That was too much") == (seen.status, seen.heading)


async def test_policy(visitor):
    """Every page is sent with the policy, those of errors too."""
    purchase_id = await visitor.open()
    paths = ("/", "/shop/nothing", f"/shop/purchases/{purchase_id}/pay", "/shop/purchases/nobody")
    expected = POLICY.format(sandbox=visitor.sandbox)

    for path in paths:
        assert expected == (await visitor.get(path)).headers["Content-Security-Policy"], path


async def test_nothing_inline(visitor):
    """No page holds a script, a style or an event attribute that the policy would forbid."""
    purchase_id = await visitor.buy()
    for path in (
        "/",
        "/shop/details?desk-lamp=1&basket=abcdefghijklmnop",
        f"/shop/purchases/{await visitor.open()}/pay",
        f"/shop/purchases/{purchase_id}/thanks",
        f"/shop/purchases/{purchase_id}",
        "/shop/purchases",
        "/shop/nothing",
    ):
        seen = await visitor.get(path)

        assert "<main" in seen.text
        assert SCRIPT.search(seen.text) is None, path


async def test_no_key_leaves(visitor):
    """The key that the shop calls with stands in no page."""
    key = visitor.api.app[WINDOW].key
    purchase_id = await visitor.buy()
    paths = ("/", f"/shop/purchases/{purchase_id}/thanks", f"/shop/purchases/{purchase_id}")
    pages = [(await visitor.get(path)) for path in paths]

    assert not any(key in each.text or key in str(each.headers) for each in pages)
    assert key not in repr(visitor.api.app[WINDOW])


async def test_key_is_not_guessed(visitor):
    """The API takes the shop's key only as it was made: its name opens nothing."""
    for guess in ("the shop", "shop", ""):
        headers = {"Authorization": f"Bearer {guess}"}

        assert (await visitor.send("GET", "/purchases", headers=headers)).status == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "heading"),
    [
        ("GET", "/shop/nothing", 404, "There is nothing here"),
        ("GET", "/shop/static/../app.py", 404, "There is nothing here"),
        ("GET", "/shop/static/nothing.css", 404, "There is nothing here"),
        ("GET", "/shop/purchases/nobody/pay", 404, "There is nothing here"),
        ("GET", "/shop/purchases/nobody/thanks", 404, "There is nothing here"),
        ("GET", "/shop/purchases/nobody/return", 404, "There is nothing here"),
        ("GET", "/shop/purchases/%2e%2e/pay", 404, "There is nothing here"),
        ("DELETE", "/", 405, "That cannot be done here"),
        ("GET", "/?market=4444222233331111", 422, "That could not be taken"),
    ],
)
async def test_errors_are_pages(visitor, method, path, status, heading):
    """What goes wrong in the shop is said on a page, in words."""
    seen = await visitor.send(method, path)

    assert (status, "text/html; charset=utf-8") == (seen.status, seen.headers["Content-Type"])
    assert heading == seen.heading
    assert "urn:" not in seen.text


async def test_request_id(visitor):
    """A page of an error names the request, so that the log can be searched for it."""
    seen = await visitor.get("/shop/nothing", **{"X-Request-Id": "of-this-test"})

    assert "of-this-test" in seen.text


async def test_statics(visitor):
    """A file under the address of its content is kept for ever, under any other it is asked for."""
    page = await visitor.get("/")
    found = re.search(r"/shop/static/base\.css\?v=\w+", page.text)
    assert found
    named, bare = await visitor.get(found[0]), await visitor.get("/shop/static/base.css")
    tag = bare.headers["ETag"]
    again = await visitor.get("/shop/static/base.css", **{"If-None-Match": tag})

    assert (
        "public, max-age=31536000, immutable",
        "no-cache",
    ) == (named.headers["Cache-Control"], bare.headers["Cache-Control"])
    assert (304, "") == (again.status, again.text)
    assert named.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8400", "http://127.0.0.1:8400"),
        ("http://LOCALHOST:80/base", "http://localhost"),
        ("http://[::1]:8400", "http://[::1]:8400"),
    ],
)
def test_origins(url, expected):
    """An origin is written as browsers write it, or no message of the drop-in would be heard."""
    assert expected == origin_of(url)


@pytest.mark.parametrize("name", ["localhost", "[::1]", "127.0.0.9"])
async def test_names_of_this_machine(visitor, name):
    """Any name of this machine opens the shop, and forms are judged by that name."""
    port = visitor.origin.rpartition(":")[2]
    headers = {"Host": f"{name}:{port}"}
    seen = await visitor.send("GET", "/", headers=headers)
    origin = {"Origin": f"http://{name}:{port}"}
    taken = await visitor.send(
        "POST", "/shop/purchases", data={"market": "de"}, headers={**headers, **origin}
    )

    assert (200, 303) == (seen.status, taken.status)
