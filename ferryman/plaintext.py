"""What would cross a network in the clear, and the sentences that refuse it.

Each takes the hosts of FERRYMAN_PLAINTEXT_HOSTS, to which plaintext stays on this machine.
"""

from collections.abc import Collection, Mapping
from urllib.parse import parse_qs, urlsplit

from ferryman.loopback import may_be_plain

# With anything less, as with PostgreSQL's own default, whoever stands between may read along.
_SAFE_MODES = frozenset({"verify-ca", "verify-full"})
_TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"


def plain_provider(url: str, neighbours: Collection[str]) -> str | None:
    """Say what is wrong with DIGITAL_RIVER_BASE_URL."""
    if _is_safe(url, neighbours):
        return None
    return "DIGITAL_RIVER_BASE_URL: the key would cross the network in the clear: use https"


def plain_database(url: str, neighbours: Collection[str]) -> str | None:
    """Say what is wrong with FERRYMAN_DATABASE_URL; repeats nothing of it."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    # The driver takes a host from the query too, and several; without any it uses a socket.
    named = [parts.netloc.rpartition("@")[2], *asked.get("host", [])]
    hosts = [_host(each) for text in named for each in text.split(",") if each]
    if parts.scheme.startswith("sqlite") or asked.get("ssl", [""])[-1] in _SAFE_MODES:
        return None
    if all(each.startswith("/") or may_be_plain(each, neighbours) for each in hosts):
        return None
    return (
        "FERRYMAN_DATABASE_URL: records would cross the network in the clear, or to anyone who"
        " answers: add ?ssl=verify-full (and PGSSLROOTCERT for an authority of your own), or name"
        " a container of this host in FERRYMAN_PLAINTEXT_HOSTS"
    )


def plain_traces(environment: Mapping[str, str], neighbours: Collection[str]) -> str | None:
    """Say what is wrong with where traces go to."""
    for name in _TRACES:
        if not _is_safe(environment.get(name, ""), neighbours):
            return (
                f"{name}: traces would cross the network in the clear: use https, or name a"
                " container of this host in FERRYMAN_PLAINTEXT_HOSTS"
            )
    return None


def _is_safe(url: str, neighbours: Collection[str]) -> bool:
    parts = urlsplit(url)
    return parts.scheme != "http" or may_be_plain(parts.hostname or "", neighbours)


def _host(text: str) -> str:
    """The host of a place with or without a port."""
    return text if text.startswith("/") else urlsplit(f"//{text}").hostname or ""
