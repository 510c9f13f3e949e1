"""Integration tests take the first server there is, and never none."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.support.containers import NoContainerError
from tests.support.servers import KAFKA_VARIABLE, first_of

Server = Callable[[], AbstractContextManager[str]]


def server(address: str) -> Server:
    @contextmanager
    def started() -> Iterator[str]:
        yield address

    return started


@contextmanager
def no_container() -> Iterator[str]:
    raise NoContainerError("no Docker engine")
    yield  # makes it a generator, as a context manager has to be


@contextmanager
def broken() -> Iterator[str]:
    raise OSError("no Java")
    yield  # makes it a generator, as a context manager has to be


def test_a_named_server_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KAFKA_VARIABLE, "broker:9092")
    with first_of(KAFKA_VARIABLE, server("container"), server("embedded")) as address:
        assert address == "broker:9092"


@pytest.mark.parametrize(("container", "expected"), [(server("container"), "container"), (no_container, "embedded")])
def test_a_container_comes_before_the_embedded_stack(
    monkeypatch: pytest.MonkeyPatch, container: Server, expected: str
) -> None:
    monkeypatch.delenv(KAFKA_VARIABLE, raising=False)
    with first_of(KAFKA_VARIABLE, container, server("embedded")) as address:
        assert address == expected


def test_a_machine_without_any_server_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KAFKA_VARIABLE, raising=False)
    with pytest.raises(OSError, match="no Java"), first_of(KAFKA_VARIABLE, no_container, broken):
        pass
