"""Only a holder of the secret passes, and nothing a stranger sends breaks the check."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ferryman.digital_river.signature import SignatureError, sign, verify

SECRET = "test_signing_secret"
BODY = (
    b'{"id":"e5bf7399-49ba-4ea6-a217-65e8efcaee86","type":"order.accepted",'
    b'"data":{"object":{"id":"204440790336"}}}'
)
VECTOR = "1635790986272, mhAlFriJ5NIvTWv8Tovfw7b+WkIyPDigb9npHZSMycw="
NOW = datetime(2021, 11, 1, 18, 23, 6, tzinfo=UTC)
TOLERANCE = timedelta(seconds=300)


def check(header, body=BODY, secrets=(SECRET,), now=NOW):
    """Verify as a receiver would at the vector's time."""
    verify(header, body, secrets, now=now, tolerance=TOLERANCE)


def seconds(offset):
    """Write the time so many seconds from the vector's."""
    return str(int(NOW.timestamp()) + offset)


def test_vector():
    """The signature of a known body and secret is the known one."""
    signed = sign(SECRET, "1635790986272", BODY)

    assert signed == VECTOR
    check(signed)


@pytest.mark.parametrize(
    "timestamp",
    [
        seconds(0),
        seconds(0) + "000",
        "2021-11-01T18:23:06Z",
        "2021-11-01T18:23:06.272054Z",
        "2021-11-01T19:23:06+01:00",
    ],
)
def test_timestamp_forms(timestamp):
    """Seconds, milliseconds and ISO 8601 all say the same moment."""
    check(sign(SECRET, timestamp, BODY))


@pytest.mark.parametrize("offset", [-300, -299, 299, 300])
def test_tolerated(offset):
    """A timestamp up to the tolerance away passes, before and after."""
    check(sign(SECRET, seconds(offset), BODY))


@pytest.mark.parametrize(
    "timestamp",
    [
        seconds(-301),
        seconds(301),
        seconds(301) + "000",
        "0",
        "-1",
        "1635790986.272",
        "nan",
        "inf",
        "1e9",
        "9" * 13,
        "9" * 400,
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999-23:59",
        "0001-01-01T00:00:00+23:59",
        "2021-13-01T18:23:06Z",
        "2021-11-01T18:23:06",
        "2021-11-01",
        "",
    ],
)
def test_refused_timestamps(timestamp):
    """A well-signed timestamp that is stale, early, or of no known form is refused."""
    with pytest.raises(SignatureError):
        check(sign(SECRET, timestamp, BODY))


class TestRotation:
    def test_several_signatures(self):
        """One matching signature among several is enough, wherever it stands."""
        _, other = sign("the other secret", seconds(0), BODY).split(", ")
        mine = sign(SECRET, seconds(0), BODY)
        timestamp, own = mine.split(", ")

        check(f"{timestamp}, {other}, {own}")
        check(f"{timestamp}, {own}, {other}")

    @pytest.mark.parametrize("stranger", ["AAAA", "", "v1=" + "A" * 43, "=" * 44, "1635790986272"])
    def test_strangers_beside(self, stranger):
        """A part that is no signature does not spoil the one beside it."""
        timestamp, own = VECTOR.split(", ")

        check(f"{timestamp}, {stranger}, {own}")
        check(f"{timestamp}, {own}, {stranger}")

    def test_doubled(self):
        """A doubled header counts for its first timestamp alone."""
        stale = seconds(-301)
        _, other = sign("the other secret", seconds(0), BODY).split(", ")

        check(f"{VECTOR}, {VECTOR}")
        check(f"{VECTOR}, {stale}, {other}")
        with pytest.raises(SignatureError):
            check(f"{seconds(0)}, {other}, {VECTOR}")
        with pytest.raises(SignatureError):
            check(f"{sign(SECRET, stale, BODY)}, {VECTOR}")

    def test_several_secrets(self):
        """One matching secret among several is enough."""
        check(VECTOR, secrets=("new", SECRET))
        check(VECTOR, secrets=(SECRET, "new"))

    @pytest.mark.parametrize("secrets", [(), ("",), ("another",)])
    def test_no_secret(self, secrets):
        """Without the secret, or with an empty one, nothing passes."""
        with pytest.raises(SignatureError):
            check(sign(secrets[0] if secrets else SECRET, seconds(0), BODY), secrets=secrets[1:])
        with pytest.raises(SignatureError):
            check(VECTOR, secrets=secrets)

    def test_signed_with_nothing(self):
        """An empty secret in the list does not let in what was signed with nothing."""
        with pytest.raises(SignatureError):
            check(sign("", seconds(0), BODY), secrets=("", SECRET))


@pytest.mark.parametrize(
    "body",
    [
        BODY + b"\n",
        BODY + b" ",
        b"\xef\xbb\xbf" + BODY,
        BODY.replace(b":", b": "),
        BODY.replace(b"o", b"\\u006f"),
        b"",
    ],
)
def test_changed_bytes(body):
    """Any change of the body's bytes is refused, though the JSON may mean the same."""
    with pytest.raises(SignatureError):
        check(VECTOR, body)


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "1635790986272",
        "1635790986272, ",
        ", " + VECTOR,
        "1635790986272, AAAA",
        "1635790986272, AAAA, " + VECTOR[:-1],
        VECTOR[:-1],
        VECTOR.replace("mh", "\u043ch"),
        VECTOR.replace("1635790986272", "\u0661635790986272"),
        VECTOR + "\udc80",
        VECTOR + "\r\n",
        VECTOR.replace(", ", "; "),
        VECTOR + ", " + ", ".join(["A" * 43 + "="] * 100),
    ],
)
def test_refused_headers(header):
    """A header that is empty, cut, foreign or endless is refused."""
    with pytest.raises(SignatureError):
        check(header)


hostile = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=st.characters(categories=["Cs", "Nd", "Cc"]), max_size=20),
    st.from_regex(r"[-+0-9TZ:. eE]{0,30}(, ?[A-Za-z0-9+/=]{40,46}){0,3}", fullmatch=True),
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z, {'A' * 43}="),
)


@given(hostile, st.binary(max_size=100))
@example("9999-12-31T23:59:59+00:00, " + "A" * 43 + "=", b"")
def test_hostile(header, body):
    """No header and body that a stranger makes up pass, or raise anything but SignatureError."""
    with pytest.raises(SignatureError):
        check(header, body)
