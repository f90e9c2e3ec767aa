import pytest

from ferryman.alive import answers
from ferryman.secret_files import SECRET_FILES, UnreadableSecret, read_secret_files
from ferryman.settings import Settings, SettingsError, settings_or_exit
from ferryman.temporal import UnsafeConnection, connect

SANDBOX = "http://sandbox:8400"


@pytest.fixture(autouse=True)
def _bare(monkeypatch):
    for name in ("DIGITAL_RIVER_BASE_URL", "TEMPORAL_ADDRESS", "FERRYMAN_PLAINTEXT_HOSTS"):
        monkeypatch.delenv(name, raising=False)


def test_a_neighbour_may_be_spoken_to_in_the_clear_once_it_is_named(monkeypatch):
    """Digital River's key goes unencrypted to loopback, and to whom the operator names."""
    monkeypatch.setenv("DIGITAL_RIVER_BASE_URL", SANDBOX)
    with pytest.raises(SettingsError, match=r"DIGITAL_RIVER_BASE_URL: .* in the clear"):
        Settings.read()
    monkeypatch.setenv("FERRYMAN_PLAINTEXT_HOSTS", "temporal, sandbox")

    assert SANDBOX == Settings.read().digital_river.base_url


async def test_temporal_may_be_such_a_neighbour(monkeypatch):
    """Temporal too is spoken to in the clear only where it is named."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal:7233")
    with pytest.raises(UnsafeConnection, match="temporal:7233"):
        await connect()
    monkeypatch.setenv("FERRYMAN_PLAINTEXT_HOSTS", "temporal")
    client = await connect()

    assert "temporal:7233" == client.service_client.config.target_host


@pytest.mark.parametrize(
    "name", ["api.digitalriver.com", "192.0.2.1", "Temporal", "-a", "a,,b", "a b", "::1"]
)
def test_nobody_in_the_internet_is_a_neighbour(monkeypatch, name):
    """A name that somebody else's resolver may know is refused."""
    monkeypatch.setenv("FERRYMAN_PLAINTEXT_HOSTS", name)
    with pytest.raises(SettingsError, match=r"FERRYMAN_PLAINTEXT_HOSTS: .*without dots"):
        Settings.read()


@pytest.mark.parametrize("variable", ["FERRYMAN_WORKER_DEPLOYMENT", "FERRYMAN_WORKER_BUILD"])
def test_a_version_has_a_name_and_a_build(monkeypatch, variable):
    """A worker with half a version does not start, which would leave it without work."""
    monkeypatch.setenv(variable, "a")
    with pytest.raises(SettingsError, match="FERRYMAN_WORKER_BUILD: give both or none"):
        Settings.read()


def test_an_empty_version_is_none(monkeypatch):
    """Compose hands on empty values where `.env` has none."""
    monkeypatch.setenv("FERRYMAN_WORKER_DEPLOYMENT", "")
    monkeypatch.setenv("FERRYMAN_WORKER_BUILD", "")
    worker = Settings.read().worker

    assert (None, None) == (worker.deployment, worker.build)


@pytest.mark.parametrize("name", ["a.b", "a:b", "a b", "x" * 101])
def test_a_deployment_has_a_name_that_temporal_takes(monkeypatch, name):
    """Temporal joins name and build with a dot or a colon, so the name has none."""
    monkeypatch.setenv("FERRYMAN_WORKER_DEPLOYMENT", name)
    monkeypatch.setenv("FERRYMAN_WORKER_BUILD", "0.1.0")
    with pytest.raises(SettingsError, match="FERRYMAN_WORKER_DEPLOYMENT"):
        Settings.read()


@pytest.mark.parametrize("variable", sorted(SECRET_FILES))
def test_a_secret_may_be_in_a_file(tmp_path, variable):
    """A file's content, without the line's end, is the secret."""
    file = tmp_path / "secret"
    file.write_text("hush\n")
    environment = {variable: str(file)}
    read_secret_files(environment)

    assert "hush" == environment[variable.removesuffix("_FILE")]


def test_a_process_reads_its_secrets_from_files(monkeypatch, tmp_path):
    """Whatever starts reads them before its settings."""
    (tmp_path / "key").write_text("sk_of_a_file\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGITAL_RIVER_API_KEY", "")
    monkeypatch.setenv("DIGITAL_RIVER_API_KEY_FILE", str(tmp_path / "key"))

    assert "sk_of_a_file" == settings_or_exit().digital_river.api_key.get_secret_value()


def test_a_secret_that_cannot_be_read_is_named(tmp_path):
    """A file that is not there, or one beside a value, stops the process; nothing is guessed."""
    missing = {"DIGITAL_RIVER_API_KEY_FILE": str(tmp_path / "none")}
    doubled = {"FERRYMAN_API_KEYS_FILE": str(tmp_path / "none"), "FERRYMAN_API_KEYS": "a"}
    with pytest.raises(UnreadableSecret, match="DIGITAL_RIVER_API_KEY_FILE: FileNotFoundError"):
        read_secret_files(missing)
    with pytest.raises(UnreadableSecret, match="FERRYMAN_API_KEYS is given as well"):
        read_secret_files(doubled)


def test_files_of_secrets_are_no_slips(monkeypatch, tmp_path):
    """A variable that ends in _FILE is not taken for a misspelt setting."""
    for variable in SECRET_FILES:
        monkeypatch.setenv(variable, str(tmp_path))

    assert Settings.read()


def test_nothing_there_is_not_alive():
    """The health check of a container says no where nobody answers."""
    assert not answers("http://127.0.0.1:1/healthz")
