import importlib.util
import re
from typing import get_type_hints

import pytest

from ferryman.settings import Settings
from tests.production.composed import (
    OURS,
    ROOT,
    compose,
    example,
    interpolated,
    services,
)

JOBS = ("temporal-schema", "temporal-namespace", "tools", "cli")
LONG_LIVED = [name for name in services() if name not in JOBS]
PINNED = re.compile(r"[\w./-]+:[\w.-]*\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?")
WORKER_DRAIN_SECONDS = 10


def of(key, name):
    """One key of one service."""
    return services()[name].get(key)


HARDENED = {
    "its root is read-only": lambda each: each["read_only"] is True,
    "it writes to memory and volumes": lambda each: each["tmpfs"][0].startswith("/tmp:"),  # noqa: S108 - in a container
    "it has no capability": lambda each: each["cap_drop"] == ["ALL"],
    "it gains no privileges": lambda each: each["security_opt"] == ["no-new-privileges:true"],
    "nothing gives it any": lambda each: not {"privileged", "cap_add", "pid"} & {*each},
    "its user is not root": lambda each: re.fullmatch(r"[1-9]\d*:\d+", each["user"]),
    "its network is its own": lambda each: "network_mode" not in each and each["networks"],
    "its log is bounded": lambda each: each["logging"]["options"]["max-size"] == "10m",
    "it has limits": lambda each: {"cpus", "memory", "pids"} == {*limits(each)},
}


def limits(service):
    """What a service may take."""
    return service["deploy"]["resources"]["limits"]


@pytest.mark.parametrize("name", services())
@pytest.mark.parametrize("rule", HARDENED)
def test_every_service_is_hardened(name, rule):
    """No service can do more than it has to."""
    assert HARDENED[rule](services()[name])


@pytest.mark.parametrize("name", LONG_LIVED)
def test_every_process_is_watched_and_started_again(name):
    """Whatever runs for long has a health check and is started again when it ends."""
    service = services()[name]

    assert service["healthcheck"]["test"][0] == "CMD"
    assert "unless-stopped" == service["restart"]


@pytest.mark.parametrize("name", services())
def test_every_image_has_an_exact_version(name):
    """An image is ours, or named to the last digit of its version."""
    image = of("image", name)

    assert image.startswith("ferryman:") or PINNED.fullmatch(image)


def test_what_is_published_stays_on_this_host():
    """Only the way to the API may be opened beyond loopback, and is not unless told to."""
    published = {
        (name, port) for name, each in services().items() for port in each.get("ports", [])
    }
    elsewhere = {(name, port) for name, port in published if not port.startswith("127.0.0.1:")}

    assert {
        ("edge", "${EDGE_PUBLISH:-127.0.0.1:8080}:8080"),
        ("edge", "${EDGE_TLS_PUBLISH:-127.0.0.1:8443}:8443"),
    } == elsewhere
    assert {"temporal-ui", "codec", "prometheus", "grafana", "sandbox"} == {
        name for name, _ in published - elsewhere
    }


def test_temporal_and_the_database_cannot_be_reached_from_outside():
    """They and what talks to them meet on networks that lead nowhere else."""
    networks = compose()["networks"]
    inside = {name for name, told in networks.items() if told.get("internal")}

    assert {"data", "engine", "watch"} == inside
    assert {*of("networks", "postgres"), *of("networks", "temporal")} <= inside


def test_plaintext_is_for_neighbours_on_this_host():
    """The names to which plaintext may go are services of this file."""
    names = of("environment", "worker")["FERRYMAN_PLAINTEXT_HOSTS"].split(",")

    assert {*names} <= {*services()}


@pytest.mark.parametrize("name", OURS)
def test_processes_have_longer_to_stop_than_they_take(name):
    """A process of ours is not killed while it drains, and a signal always reaches it."""
    service = services()[name]

    assert WORKER_DRAIN_SECONDS < int(service["stop_grace_period"].removesuffix("s"))
    assert service["init"] is True
    assert isinstance(service["command"], list)


@pytest.mark.parametrize("name", OURS)
def test_every_program_that_is_started_exists(name):
    """What a container runs, and what checks its health, are modules of ours."""
    service = services()[name]
    started = service["command"][2]
    checked = service["healthcheck"]["test"][3]
    ends = [started, f"{started}.__main__"]

    assert ["python", "-m"] == service["command"][:2]
    assert any(importlib.util.find_spec(each) for each in ends)
    assert importlib.util.find_spec(checked)


def test_two_of_each_run_side_by_side():
    """APIs and workers have replicas, so none of them names its container or publishes a port."""
    for name in ("api", "worker"):
        assert of("deploy", name)["replicas"] == 2
        assert "container_name" not in services()[name]
        assert "ports" not in services()[name]


def test_whatever_is_mounted_exists():
    """Each file of this project that a service is given stands where it is looked for."""
    mounted = {
        volume.split(":")[0]
        for service in services().values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    }
    missing = [each for each in mounted if not (ROOT / each).exists()]

    assert [] == missing


def test_every_variable_is_in_the_example():
    """`.env.example` names whatever the file asks `.env` for."""
    assert set() == interpolated() - example()


def test_one_env_file_serves_compose_and_the_processes(monkeypatch):
    """No variable of the example is taken for a misspelt setting by a process that reads it too."""
    for name in example():
        monkeypatch.delenv(name, raising=False)
    for name in ("POSTGRES_PASSWORD", "EDGE_PUBLISH", "EDGE_CERTIFICATES", "IMAGE_VERSION"):
        monkeypatch.setenv(name, "something")

    assert Settings.read()


def test_secrets_go_only_where_they_are_needed():
    """Digital River's key is the workers' alone, the API's keys are the API's."""
    having = {
        secret: {name for name, each in services().items() if secret in each.get("environment", {})}
        for secret in ("DIGITAL_RIVER_API_KEY", "FERRYMAN_API_KEYS", "FERRYMAN_CODEC_TOKENS")
    }

    assert {
        "DIGITAL_RIVER_API_KEY": {"worker", "tools"},
        "FERRYMAN_API_KEYS": {"api", "tools"},
        "FERRYMAN_CODEC_TOKENS": {"codec", "tools"},
    } == having


def test_whoever_judges_the_settings_has_them():
    """The self-test knows what each process is told, or it would find fault where there is none."""
    told = {name for each in ("api", "worker", "codec") for name in of("environment", each)}
    left = told - {*of("environment", "tools")}
    api = "API_(HOST|RATE_LIMIT|CONCURRENCY|METRICS_SCOPE)"
    own = re.compile(f"FERRYMAN_(WORKER_.*|CODEC_(HOST|ORIGINS)|{api})")

    assert [] == [name for name in left if not own.fullmatch(name)]
    assert {"data", "engine", "outward"} == {*of("networks", "tools")}


def test_the_cli_reaches_temporal_and_the_codec_server():
    """Operators' commands get at histories and at what they say."""
    for other in ("temporal", "codec"):
        assert {*of("networks", "cli")} & {*of("networks", other)}


NAMED = re.compile(
    r"docker compose (?:run --rm|exec)(?: -T)? ([a-z]+) ?(?:python -m ferryman )?([a-z-]*)"
)


@pytest.mark.parametrize("document", ["production.md", "operating.md"])
def test_documents_run_what_is_there(document):
    """What a document has run in a container is run in one that knows enough for it."""
    called = NAMED.findall((ROOT / "docs" / document).read_text())

    assert called
    assert {service for service, _ in called} <= {*services()}
    assert {"tools"} >= {service for service, command in called if command == "self-test"}


def test_every_setting_can_be_given_here():
    """No setting of the processes is silently dropped on its way through `.env`."""
    elsewhere = {
        *("FERRYMAN_API_PORT", "FERRYMAN_CODEC_PORT", "FERRYMAN_API_HOST", "FERRYMAN_CODEC_HOST"),
        *("FERRYMAN_WORKER_HOST", "FERRYMAN_WORKER_PORT", "FERRYMAN_DATABASE_URL"),
        *("FERRYMAN_LOG_FORMAT", "FERRYMAN_PLAINTEXT_HOSTS"),
        # A shop window is for loopback, which no container listens at.
        *("FERRYMAN_SHOP", "FERRYMAN_SHOP_TEMPORAL_UI"),
    }
    settings = {
        f"{concern.model_config['env_prefix']}{name.upper()}"
        for concern in get_type_hints(Settings).values()
        for name in concern.model_fields
    }

    assert set() == settings - elsewhere - interpolated()
