import pytest
from temporalio.service import RPCError

from ferryman.temporal import connect
from tests.production.certificates import Authority, mutual_tls


@pytest.fixture
async def ours(temporal, tmp_path, monkeypatch):
    """The authority that a Temporal behind mutual TLS trusts; it is the one to talk to."""
    authority = Authority(tmp_path, "ours")
    behind = temporal.client.service_client.config.target_host
    async with mutual_tls(behind, authority) as address:
        monkeypatch.setenv("TEMPORAL_ADDRESS", address)
        yield authority


def told(monkeypatch, certificate, key, authority):
    """Tell the process of a certificate, as `docs/production.md` says."""
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(certificate))
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(key))
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(authority.certificate))


async def test_a_process_with_a_certificate_is_let_in(ours, monkeypatch):
    """The documented variables are all that mutual TLS to Temporal needs."""
    told(monkeypatch, *ours.issue("worker"), ours)
    client = await connect(lazy=False)
    found = await client.count_workflows()

    assert found.count >= 0


async def test_a_stranger_is_not(ours, monkeypatch, tmp_path):
    """A certificate of another authority does not get in."""
    stranger = Authority(tmp_path, "strangers")
    told(monkeypatch, *stranger.issue("stranger"), ours)

    with pytest.raises((RuntimeError, RPCError)):
        await connect(lazy=False)


async def test_a_false_temporal_is_not_talked_to(ours, monkeypatch, tmp_path):
    """Where the server's certificate is of another authority, the process does not connect."""
    told(monkeypatch, *ours.issue("worker"), Authority(tmp_path, "others"))

    with pytest.raises((RuntimeError, RPCError)):
        await connect(lazy=False)


async def test_plaintext_is_not_let_in(ours, monkeypatch):
    """Without TLS nobody gets in."""
    del ours
    monkeypatch.delenv("TEMPORAL_TLS_CLIENT_CERT_PATH", raising=False)

    with pytest.raises((RuntimeError, RPCError)):
        await connect(lazy=False)
