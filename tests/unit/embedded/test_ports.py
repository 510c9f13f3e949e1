"""Ports for the embedded services are free and below the ephemeral range."""

import socket
from collections.abc import Iterator

import pytest

from gatemeter.embedded import ports
from gatemeter.embedded.ports import LOOPBACK, PORTS, choose_port, is_answering, is_free
from gatemeter.errors import ExitCode, SettingsError


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    return choose_port(requested=None, remembered=None, flag="--test")


def test_a_chosen_port_is_free_and_below_the_ephemeral_range() -> None:
    port = free_port()
    assert is_free(port)
    assert 1024 < port < 32768
    assert PORTS.stop <= 32768


def test_a_requested_port_overrides_a_remembered_one() -> None:
    requested, remembered = free_port(), free_port()
    assert choose_port(requested=requested, remembered=remembered, flag="--test") == requested


def test_a_free_remembered_port_is_used_again() -> None:
    remembered = free_port()
    assert choose_port(requested=None, remembered=remembered, flag="--test") == remembered


def test_a_remembered_port_in_use_is_replaced(taken: int) -> None:
    assert choose_port(requested=None, remembered=taken, flag="--test") != taken


def test_a_requested_port_in_use_is_refused_with_its_flag(taken: int) -> None:
    with pytest.raises(SettingsError, match=rf"--kafka-port: port {taken} is in use; .* choose another") as refused:
        choose_port(requested=taken, remembered=None, flag="--kafka-port")
    assert refused.value.exit_code == ExitCode.USAGE


def test_no_free_port_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda _port: False)
    with pytest.raises(SettingsError, match="no free port"):
        free_port()


@pytest.mark.loopback
def test_a_port_answers_while_something_listens_on_it(taken: int) -> None:
    assert is_answering(taken)
    assert not is_answering(free_port())
