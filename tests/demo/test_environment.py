"""What the processes of the local system are told."""

from demo.environment import for_stories, for_up
from demo.ports import Ports

PORTS = Ports(api=1, sandbox=2, temporal=3, ui=4, worker=5)


def test_stories_hear_nothing_of_the_shell(monkeypatch, tmp_path):
    """A setting of the shell's cannot change how the stories end."""
    monkeypatch.setenv("FERRYMAN_ENCRYPTION_KEYS", "k:AAAA")
    monkeypatch.setenv("DIGITAL_RIVER_BASE_URL", "https://api.example.com")
    told = for_stories(PORTS, tmp_path)

    assert "FERRYMAN_ENCRYPTION_KEYS" not in told
    assert told["DIGITAL_RIVER_BASE_URL"] == "http://127.0.0.1:2"
    assert told["FERRYMAN_DATABASE_URL"] == f"sqlite+aiosqlite:///{tmp_path}/ferryman.db"


def test_the_sandbox_shares_the_key_and_the_secrets_of_a_dotenv_file(monkeypatch, tmp_path):
    """Whoever sets Ferryman's key and secrets need not tell the sandbox as well."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "DIGITAL_RIVER_API_KEY=sk_1\nDIGITAL_RIVER_WEBHOOK_SECRETS=a,b\n"
    )
    told = for_up(PORTS, tmp_path)

    assert told["FERRYMAN_SANDBOX_API_KEY"] == "sk_1"
    assert told["FERRYMAN_SANDBOX_WEBHOOK_SECRETS"] == "a,b"


def test_another_digital_river_is_left_alone(monkeypatch, tmp_path):
    """An address that a person gave is not overwritten by the sandbox's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGITAL_RIVER_BASE_URL", "http://127.0.0.1:9999")

    assert for_up(PORTS, tmp_path)["DIGITAL_RIVER_BASE_URL"] == "http://127.0.0.1:9999"


def test_the_sandbox_keeps_its_orders_between_runs(monkeypatch, tmp_path):
    """Purchases that outlive a restart find their orders again, unless the stories play."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FERRYMAN_SANDBOX_STATE", raising=False)

    assert for_up(PORTS, tmp_path)["FERRYMAN_SANDBOX_STATE"] == str(tmp_path / "sandbox.json")
    assert "FERRYMAN_SANDBOX_STATE" not in for_stories(PORTS, tmp_path)
