"""Which ports the local system takes."""

import socket
from dataclasses import astuple

import pytest

from demo import ports as module
from demo.failures import PortBusyError, SettingError
from demo.ports import Ports

FIRST_HANDED_OUT = 32_768
"""Of Linux; others begin above ("IP_LOCAL_PORT_RANGE")."""


def test_defaults_are_the_documented_ones(monkeypatch, tmp_path):
    """Without a word the ports are 8080, 8400, 7233 and 8233."""
    monkeypatch.chdir(tmp_path)
    for name in ("FERRYMAN_API_PORT", "FERRYMAN_SANDBOX_PORT", "TEMPORAL_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    ports = Ports.configured()

    assert (ports.api, ports.sandbox, ports.temporal, ports.ui) == (8080, 8400, 7233, 8233)


def test_the_documented_variables_move_them(monkeypatch, tmp_path):
    """Each variable moves its port, and the Web UI stays 1000 above Temporal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FERRYMAN_API_PORT", "9001")
    monkeypatch.setenv("FERRYMAN_SANDBOX_PORT", "9002")
    monkeypatch.setenv("FERRYMAN_WORKER_PORT", "9003")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "localhost:9004")

    assert Ports(api=9001, sandbox=9002, worker=9003, temporal=9004, ui=10004) == Ports.configured()


def test_somebody_elses_temporal_is_refused(monkeypatch, tmp_path):
    """A Temporal elsewhere is not ours to start, and the message says what to do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example.com:7233")

    with pytest.raises(SettingError, match="python -m workers"):
        Ports.configured()


def test_a_busy_port_is_named_with_its_variable():
    """Whoever starts two systems learns which variable to change."""
    ports = Ports.free()
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports.sandbox))
        other.listen()

        with pytest.raises(PortBusyError, match=f"{ports.sandbox}.*FERRYMAN_SANDBOX_PORT"):
            ports.check()


def test_free_ports_are_five_and_free():
    """Five different ports, none of them in use, and none that a kernel would give to another."""
    ports = Ports.free()
    ports.check()
    numbers = set(astuple(ports))

    assert 5 == len(numbers)
    assert max(numbers) < FIRST_HANDED_OUT


def test_port_that_somebody_has_is_not_taken(monkeypatch):
    """Where chance leads to a port in use, another one is tried."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr(module, "_OURS", range(taken - 20, taken + 1))
        found = [port for _ in range(20) for port in astuple(Ports.free())]

    assert 100 == len(found)
    assert taken not in found
