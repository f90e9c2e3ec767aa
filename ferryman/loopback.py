"""Which hosts are this machine, so that nothing need be encrypted on the way to them."""

import ipaddress


def is_loopback(host: str) -> bool:
    """True where `host` is this machine by name or address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
