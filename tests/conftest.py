"""For all tests: what they share, and what none of them may do.

Tests under tests/unit open no network connection, so that they need nothing and never wait.
"""

import functools
import gc
import os
import socket
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from gatemeter.pricing import book_files

EXAMPLES = int(os.environ.get("GATEMETER_TEST_EXAMPLES", "20"))
"""Examples for each property, others in every run; `make test-all` asks for ten times as many."""
MOST_QUICK_EXAMPLES = 100

# The same on every machine. The profile of Hypothesis for CI draws the same examples in every run; this one draws new
# ones, so that many runs try many, and a failure prints the line that repeats it. No bound depends on speed.
settings.register_profile(
    "gatemeter",
    settings.get_profile("default"),
    max_examples=EXAMPLES,
    derandomize=False,
    print_blob=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("gatemeter")

# Hypothesis draws one value in twenty from the constants in the code, for which each process first reads all modules:
# that takes longer than few examples are worth.
if EXAMPLES < MOST_QUICK_EXAMPLES:
    providers._get_local_constants = lambda: providers._local_constants

pytest_plugins = [
    "tests.support.files_in_memory",
    "tests.support.made_once",
    "tests.support.server_fixtures",
    "tests.support.databases",
    "tests.support.data_directories",
    "tests.support.restored_rows",
    "tests.support.rewritten_once",
    "tests.support.still_stores",
]

# Reading the packaged price book takes longer than most commands that are run in this process; it is always the same.
book_files.seed_book = functools.cache(book_files.seed_book)
book_files.packaged_books = functools.cache(book_files.packaged_books)

TESTS = Path(__file__).parent
UNIT_TESTS = TESTS / "unit"
MARKERS_THAT_CONNECT = ("kafka", "clickhouse", "loopback")
MOST_THREADS = 400
"""Of this process when all tests have run; each data directory that the engine opens here leaves some behind."""
MOST_MEMORY_MIB = 1536
"""Resident in this process when all tests have run; the unit tests and those with an engine leave 0.7 GiB behind.

Four such processes, Kafka, ClickHouse and the workers under test have to fit into the 8 GiB of a small machine.
"""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector off while twelve thousand tests are made, and from them afterwards: they all stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker of xdist, so that what they share is made once."""
    if config.pluginmanager.has_plugin("xdist"):
        for item in items:
            if item.get_closest_marker("xdist_group") is None:
                item.add_marker(_group_of(item.path))


@functools.cache
def _group_of(path: Path) -> pytest.MarkDecorator:
    return pytest.mark.xdist_group(path.relative_to(TESTS).as_posix())


@pytest.fixture(scope="session", autouse=True)
def _threads_and_memory_stay_bounded() -> Iterator[None]:
    yield
    process = psutil.Process()
    threads, memory_mib = process.num_threads(), process.memory_info().rss // 2**20
    assert threads <= MOST_THREADS, f"{threads} threads are left: some test opens servers or engines and leaves them"
    assert memory_mib <= MOST_MEMORY_MIB, f"{memory_mib} MiB are in use: some test keeps what it has made"


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    is_unit_test = request.path.is_relative_to(UNIT_TESTS)
    if is_unit_test and not any(request.node.get_closest_marker(name) for name in MARKERS_THAT_CONNECT):
        forbid_connections(monkeypatch)


def forbid_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every attempt to connect a socket fail the test; sockets within the machine's file system stay usable.

    Threads that are there already go on as they did: they are of a server that tests before this one have started.
    """
    others = set(threading.enumerate()) - {threading.current_thread()}
    for name in ("connect", "connect_ex"):
        connect = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, _connect: Any = connect) -> Any:
            if self.family == socket.AF_UNIX or threading.current_thread() in others:
                return _connect(self, address)
            # Not an ordinary exception: the code under test may rightly expect and handle a failed connection.
            pytest.fail(f"a unit test must not connect to {address}; mark it `loopback` if it brings its own server")

        monkeypatch.setattr(socket.socket, name, guarded)
