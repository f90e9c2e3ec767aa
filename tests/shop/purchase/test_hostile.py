"""Whatever bytes come, the shop answers with a page, and never with a mistake of ours."""

import re
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ferryman.purchase.states import State
from shop.app import PAGES
from tests.api.raw import connected, status_of
from tests.shop.purchase.made import a_purchase, an_entry

KNOWN = "p-hostile"
CHARSETS = ["", "; charset=utf-8", "; charset=nope", "; charset=utf-7", "; charset=hex", "; ="]
FIELDS = [b"line", b"quantity", b"parcel", b"amount", b"market", b"basket", b"desk-lamp", b"name"]
LEVERS = [b"pay", b"lose", b"ship", b"refund", b"cancel"]

junk = st.binary(max_size=12)
values = junk | st.sampled_from([b"1", b"99", b"%ff", b"%ED%A0%80", b"+2AA-", b"1e400", b"\xff"])
pairs = st.tuples(st.sampled_from(FIELDS) | junk, values).map(b"=".join)
forms = junk | st.lists(pairs, max_size=5).map(b"&".join)
parts = st.sampled_from([KNOWN.encode(), *LEVERS]) | st.binary(min_size=1, max_size=8)
queries = st.tuples(
    st.sampled_from([b"after", b"market", b"basket", b"told", b"state", b"desk-lamp"]), values
)
headers = st.tuples(
    st.sampled_from([b"Last-Event-ID", b"Cookie", b"Accept", b"X-Request-Id", b"If-None-Match"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")),
)


@pytest.fixture
async def known(keep):
    """A purchase that is there, so that what is behind it is reached."""
    await keep(a_purchase(KNOWN, State.ACCEPTED), an_entry(1))


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.method} {page.path}")
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(part=parts, query=queries, header=headers, form=forms, charset=st.sampled_from(CHARSETS))
async def test_never_a_mistake_of_ours(door, page, part, query, header, form, charset):
    """No path, query, header or form makes any of the shop's pages fail."""
    path = re.sub(r"{\w+}", lambda _: quote_from_bytes(part, safe=""), page.path)
    target = f"{path}?{quote_from_bytes(query[0])}={quote_from_bytes(query[1])}"
    lines = [
        f"{page.method} {target} HTTP/1.1".encode(),
        b"Host: 127.0.0.1",
        b"Connection: close",
        b": ".join([header[0], header[1].encode("latin-1")]),
    ]
    if page.method == "POST":
        kind = f"Content-Type: application/x-www-form-urlencoded{charset}"
        lines += [kind.encode(), f"Content-Length: {len(form)}".encode()]
    sent = b"\r\n".join([*lines, b"", form if page.method == "POST" else b""])
    async with connected(door) as (reader, writer):
        writer.write(sent)
        status = status_of(await reader.readline())

    assert status < 500 or status == 503
