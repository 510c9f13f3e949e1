"""For all tests: those under tests/unit open no network connection, so that they need nothing and never wait."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

EXAMPLES = int(os.environ.get("GATEMETER_TEST_EXAMPLES", "60"))
"""Examples for each property; `make test-all` asks for more."""

# Hypothesis has a profile for CI, the same every time. A busy machine is not a failure: there is no deadline.
settings.register_profile(
    "gatemeter", settings.get_profile("ci" if "CI" in os.environ else "default"), max_examples=EXAMPLES, deadline=None
)
settings.load_profile("gatemeter")

pytest_plugins = ["tests.support.server_fixtures", "tests.support.clickhouse_fixture"]

UNIT_TESTS = Path(__file__).parent / "unit"
MARKERS_THAT_CONNECT = ("kafka", "clickhouse", "loopback")


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    is_unit_test = request.path.is_relative_to(UNIT_TESTS)
    if is_unit_test and not any(request.node.get_closest_marker(name) for name in MARKERS_THAT_CONNECT):
        forbid_connections(monkeypatch)


def forbid_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every attempt to connect a socket fail the test; sockets within the machine's file system stay usable."""
    for name in ("connect", "connect_ex"):
        connect = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, _connect: Any = connect) -> Any:
            if self.family == socket.AF_UNIX:
                return _connect(self, address)
            # Not an ordinary exception: the code under test may rightly expect and handle a failed connection.
            pytest.fail(f"a unit test must not connect to {address}; mark it `loopback` if it brings its own server")

        monkeypatch.setattr(socket.socket, name, guarded)
