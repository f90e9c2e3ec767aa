import base64
import os

import pytest

from ferryman.secrecy.ring import KeyRing, Tampered, UnknownKey, seal, unseal
from ferryman.settings import ProcessSettings, Settings, SettingsError
from tests.ferryman.secrecy.conftest import NEWER_TEXT, RING_TEXT

KEY = base64.b64encode(bytes(32)).decode()


def test_first_key_wraps():
    """The first key of the ring wraps; whoever has it among his keys unwraps."""
    name, wrapped = KeyRing.parse(f"{NEWER_TEXT},{RING_TEXT}").wrap(b"a data key", "purchase/p1")
    other = KeyRing.parse(f"{RING_TEXT}, {NEWER_TEXT}")

    assert name == "k2"
    assert b"a data key" == other.unwrap(name, wrapped, "purchase/p1")


def test_key_that_is_not_on_the_ring():
    """A key that was wrapped by a key that is not here is refused by that key's name."""
    name, wrapped = KeyRing.parse(NEWER_TEXT).wrap(b"a data key", "purchase/p1")

    with pytest.raises(UnknownKey, match="lacks the key 'k2'"):
        KeyRing.parse(RING_TEXT).unwrap(name, wrapped, "purchase/p1")


def test_wrapped_key_of_another():
    """The wrapped key of one purchase does not unwrap as another's."""
    ring = KeyRing.parse(RING_TEXT)
    name, wrapped = ring.wrap(b"a data key", "purchase/p1")

    with pytest.raises(Tampered):
        ring.unwrap(name, wrapped, "purchase/p2")


def test_every_bit_counts():
    """Whichever bit is turned over, decrypting refuses."""
    cipher = KeyRing.parse(RING_TEXT).keys["k1"]
    sealed = seal(cipher, os.urandom(97), b"here")
    refused = 0
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Tampered):
            unseal(cipher, bytes(changed), b"here")
        refused += 1

    assert 1000 == refused


@pytest.mark.parametrize("length", [0, 1, 12, 27])
def test_torn(length):
    """What is too short to have been encrypted is refused like anything else."""
    cipher = KeyRing.parse(RING_TEXT).keys["k1"]

    with pytest.raises(Tampered):
        unseal(cipher, bytes(length), b"")


@pytest.mark.parametrize(
    "text",
    [
        "k1",
        "k1:",
        ":" + KEY,
        "k1:AAAA",
        f"k1:{KEY},",
        f"k1:{KEY},k1:{KEY}",
        f"k 1:{KEY}",
        f"k1:{KEY}AAAA",
        "k1:" + base64.b64encode(bytes(16)).decode(),
        f"k1:{KEY},k2:AA-A",
    ],
)
def test_rings_that_cannot_be(monkeypatch, text):
    """A ring that cannot work stops the process, which tells the variable and no key."""
    monkeypatch.setenv("FERRYMAN_ENCRYPTION_KEYS", text)

    with pytest.raises(SettingsError, match="FERRYMAN_ENCRYPTION_KEYS") as refused:
        Settings.read()
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("text", ["", None])
def test_without_keys(monkeypatch, text):
    """Where no key is given nothing is encrypted."""
    if text is None:
        monkeypatch.delenv("FERRYMAN_ENCRYPTION_KEYS", raising=False)
    else:
        monkeypatch.setenv("FERRYMAN_ENCRYPTION_KEYS", text)

    assert ProcessSettings().encryption_keys is None


def test_silent(monkeypatch):
    """Neither the ring nor the settings that hold it show a key."""
    monkeypatch.setenv("FERRYMAN_ENCRYPTION_KEYS", f"{NEWER_TEXT},{RING_TEXT}")

    shown = repr(Settings.read()) + str(ProcessSettings().model_dump())

    assert "k2" in shown
    for told in (RING_TEXT, NEWER_TEXT):
        secret = told.partition(":")[2]
        assert secret not in shown
        assert repr(base64.b64decode(secret)) not in shown
