import pytest
from structlog.testing import capture_logs

from ferryman.secrecy.auditors import Auditor
from ferryman.secrecy.sessions import Sessions
from ferryman.secrecy.signing_in import COOKIE, SECONDS
from tests.ferryman.secrecy.test_codec_server import TOKEN, UI, body, sealed, server, texts

__all__ = ["sealed", "server"]


def own(server) -> dict[str, str]:
    """What a browser says on the server's own page."""
    return {"Origin": str(server.make_url("")).rstrip("/")}


async def signed_in(server, token=TOKEN):
    """Send the form of the page."""
    return await server.post(
        "/session", data={"token": token}, headers=own(server), allow_redirects=False
    )


async def test_sign_in(server, sealed):
    """With the cookie that is given for a token the Web UI's page reads, as whose it is."""
    with capture_logs() as logs:
        reply = await signed_in(server)
        page = await (await server.get("/")).text()
        decoded = await server.post("/decode", json=body(sealed), headers={"Origin": UI})
        read = texts(await decoded.json())
    cookie = reply.headers["Set-Cookie"]

    assert (303, "/") == (reply.status, reply.headers["Location"])
    assert {"HttpOnly", "SameSite=Strict"} < set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Signed in as erika." in page
    assert b'"Erika Beispiel"' == read[0]
    assert "true" == decoded.headers["Access-Control-Allow-Credentials"]
    assert [("signed_in", "erika"), ("decoded", "erika")] == [
        (each["event"], each["auditor"]) for each in logs
    ]


async def test_sign_out(server, sealed):
    """Signing out takes the cookie away."""
    await signed_in(server)
    await server.post("/session", data={"out": "out"}, headers=own(server))
    reply = await server.post("/decode", json=body(sealed), headers={"Origin": UI})

    assert 401 == reply.status
    assert "Not signed in." in await (await server.get("/")).text()


def session_id(reply) -> str:
    """What the browser is told to keep."""
    return reply.cookies[COOKIE].value


async def decoded(server, sealed, name: str) -> int:
    """How somebody is answered who sends this cookie."""
    headers = {"Origin": UI, "Cookie": f"{COOKIE}={name}"}
    server.session.cookie_jar.clear()
    return (await server.post("/decode", json=body(sealed), headers=headers)).status


async def test_no_token_in_the_cookie(server, sealed):
    """A browser keeps another id each time it signs in, and the token is no cookie."""
    one, other = session_id(await signed_in(server)), session_id(await signed_in(server))

    assert one != other
    assert TOKEN not in one
    assert (200, 401, 401) == (
        await decoded(server, sealed, one),
        await decoded(server, sealed, TOKEN),
        await decoded(server, sealed, one[:-1]),
    )


async def test_copied_cookie(server, sealed):
    """Signing out ends the session itself, for whoever has copied the cookie too; no other."""
    one = session_id(await signed_in(server))
    server.session.cookie_jar.clear()
    other = session_id(await signed_in(server))
    await server.post("/session", data={"out": "out"}, headers=own(server))

    assert (200, 401) == (
        await decoded(server, sealed, one),
        await decoded(server, sealed, other),
    )


def test_sessions_end():
    """After a working day a session has ended, whatever the browser still sends."""
    clock = [0.0]
    sessions = Sessions(SECONDS, lambda: clock[0])
    auditor = Auditor("erika", b"")
    early = sessions.begin(auditor)
    clock[0] = SECONDS - 1
    late, before = sessions.begin(auditor), sessions.get(early)
    clock[0] = SECONDS

    assert (auditor, None, auditor) == (before, sessions.get(early), sessions.get(late))


@pytest.mark.parametrize("token", ["", "other", TOKEN[:-1]])
async def test_strangers(server, token):
    """Nobody signs in with a token that is not known, and it is not repeated."""
    with capture_logs() as logs:
        reply = await signed_in(server, token)

    assert 401 == reply.status
    assert "Set-Cookie" not in reply.headers
    assert [{"event": "sign_in_refused", "log_level": "warning"}] == logs


@pytest.mark.parametrize("origin", [UI, "null", "http://example.com", None])
async def test_other_pages(server, origin):
    """No other page can sign a browser in."""
    headers = {} if origin is None else {"Origin": origin}
    reply = await server.post("/session", data={"token": TOKEN}, headers=headers)

    assert 403 == reply.status
    assert "Set-Cookie" not in reply.headers


async def test_cookie_alone(server, sealed):
    """A cookie counts for no other origin, not without one, and not beside a wrong token."""
    await signed_in(server)
    sent = [
        {"Origin": "http://example.com"},
        {},
        {"Origin": UI, "Authorization": "Bearer other"},
    ]
    answers = [
        (await server.post("/decode", json=body(sealed), headers=each)).status for each in sent
    ]

    assert [403, 401, 401] == answers


async def test_beyond_this_machine(server):
    """Under another name than this machine's the cookie travels encrypted alone."""
    headers = {"Host": "codec.example.com", "Origin": "https://codec.example.com"}
    reply = await server.post(
        "/session", data={"token": TOKEN}, headers=headers, allow_redirects=False
    )

    assert "Secure" in reply.headers["Set-Cookie"].split("; ")


async def test_page(server):
    """The page loads nothing, goes into no frame, and is served under no other path."""
    reply = await server.get("/")

    assert "text/html" == reply.content_type
    assert (
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'"
        == (reply.headers["Content-Security-Policy"])
    )
    assert 404 == (await server.get("/session/")).status


async def test_long_form(server):
    """Nobody keeps the server busy with a form."""
    reply = await signed_in(server, "x" * 5000)

    assert 413 == reply.status
