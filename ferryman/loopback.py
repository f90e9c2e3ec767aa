"""Which hosts are this machine, so that nothing need be encrypted on the way to them."""

import ipaddress
from collections.abc import Collection


def is_loopback(host: str) -> bool:
    """True where `host` is this machine by name or address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def may_be_plain(host: str, neighbours: Collection[str]) -> bool:
    """True where plaintext to `host` stays on this machine.

    `neighbours` are FERRYMAN_PLAINTEXT_HOSTS: containers on a network that is this machine's own.
    """
    return is_loopback(host) or host in neighbours
