"""An HTTP server as a destination: one that is busy, refuses, leads elsewhere, or does not keep what it takes."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gatemeter.clock import ManualClock, SystemClock
from gatemeter.errors import ConflictError, DeliveryError, GatemeterError, SettingsError
from gatemeter.exports.destinations import http_put
from gatemeter.exports.destinations.addresses import destination_at
from gatemeter.exports.destinations.http_put import ATTEMPTS, LONGEST_S, HttpDestination
from tests.support.exports import bill_line, exported_to
from tests.support.file_server import FileServer, file_server
from tests.support.repository import ROOT

pytestmark = pytest.mark.loopback

TOKEN = "s3cr3t-t0ken"
NAMES = ["lines.jsonl", "usage.jsonl", "manifest.json"]


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as found:
        found.token = TOKEN
        yield found


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def to(server: FileServer, waited: list[float]) -> HttpDestination:
    return HttpDestination(server.url, TOKEN, clock=SystemClock(), wait=waited.append)


def refusal(to: HttpDestination, kind: type[GatemeterError] = DeliveryError) -> str:
    with pytest.raises(kind) as found:
        exported_to(to)
    assert TOKEN not in repr(found.value) + str(found.value)
    return str(found.value).removeprefix(f"{to.name}/")


def test_the_manifest_is_put_last_and_twice_changes_nothing(to: HttpDestination, server: FileServer) -> None:
    exported_to(to)
    first = dict(server.files)
    assert [path for method, path in server.asked if method == "PUT"] == [f"/exports/{name}" for name in NAMES]
    server.asked.clear()
    assert exported_to(to).sent == 0
    assert server.files == first
    assert "PUT" not in {method for method, _ in server.asked}


def test_a_busy_server_is_asked_again(to: HttpDestination, server: FileServer, waited: list[float]) -> None:
    server.answers = {"PUT": [503, 429, 500]}
    server.headers = {"Retry-After": "7"}
    assert exported_to(to).sent == 3
    assert waited == [7, 7, 7]


def test_a_server_that_says_by_a_date_when_to_come_again_is_asked_then(server: FileServer, waited: list[float]) -> None:
    clock = ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    server.token, server.answers = "", {"PUT": [503]}
    server.headers = {"Retry-After": "Sun, 01 Mar 2026 12:00:09 GMT"}
    assert exported_to(HttpDestination(server.url, clock=clock, wait=waited.append)).sent == 3
    assert waited == [9]


def test_a_server_that_stays_busy_is_left_alone(to: HttpDestination, server: FileServer, waited: list[float]) -> None:
    server.answers = {"PUT": [503] * 9}
    said = f"lines.jsonl: it answers 503 ({ATTEMPTS} attempts); run again later: what is there stays"
    assert refusal(to) == said
    assert waited == [1, 2, 4, 8]
    assert server.files == {}


def test_a_server_that_asks_to_wait_for_long_is_left_alone(to: HttpDestination, server: FileServer) -> None:
    server.answers, server.headers = {"GET": [503]}, {"Retry-After": "3600"}
    assert refusal(to).startswith("manifest.json: it answers 503 (1 attempt)")


@pytest.mark.parametrize(
    ("method", "status", "said"),
    [
        ("PUT", 403, "lines.jsonl: it refuses the file (403); check that it takes files by PUT there"),
        ("PUT", 507, "lines.jsonl: it refuses the file (507); check that it takes files by PUT there"),
        ("PUT", 401, "lines.jsonl: it refuses the token (401); give a valid one with --token-file"),
        ("GET", 302, "manifest.json: it leads to another address (302); give that address itself"),
    ],
)
def test_a_refusal_is_one_clear_line(
    to: HttpDestination, server: FileServer, method: str, status: int, said: str
) -> None:
    server.answers = {method: [status]}
    assert refusal(to).startswith(said)


def test_a_server_that_keeps_less_than_it_says_is_found(to: HttpDestination, server: FileServer) -> None:
    server.keeps_bytes = 10
    assert " bytes, and has 10; check what stands in front of it" in refusal(to)
    assert f"/exports/{NAMES[-1]}" not in server.files


def test_a_server_that_keeps_other_bytes_is_found(to: HttpDestination, server: FileServer) -> None:
    server.swaps_bytes = True
    assert refusal(to).startswith("lines.jsonl: it acknowledged the file, and has another one")
    assert list(server.files) == ["/exports/lines.jsonl"]


def test_a_server_that_lets_nothing_be_read_is_believed(to: HttpDestination, server: FileServer) -> None:
    server.answers = {"GET": [403] * 7, "HEAD": [403] * 6}
    assert exported_to(to).sent == 3
    assert server.answers == {"GET": [], "HEAD": []}


def test_a_server_that_keeps_nothing_is_found(to: HttpDestination, server: FileServer) -> None:
    server.answers = {"PUT": [201]}
    assert refusal(to).startswith("lines.jsonl: it acknowledged the file, and does not have it")


def test_a_server_that_has_another_version_is_found(to: HttpDestination, server: FileServer) -> None:
    server.headers = {"ETag": '"{}"'}
    assert refusal(to).startswith("lines.jsonl: it acknowledged the file, and has another one")


def test_a_file_of_another_size_is_not_overwritten(to: HttpDestination, server: FileServer) -> None:
    server.files["/exports/usage.jsonl"] = b"mine"
    assert refusal(to, ConflictError).startswith("usage.jsonl: another file is there, and is not overwritten")
    assert server.files["/exports/usage.jsonl"] == b"mine"


@pytest.mark.parametrize("statuses", [[], [405] * 3], ids=["HEAD and GET", "GET alone"])
def test_another_file_of_the_same_size_is_not_overwritten(
    to: HttpDestination, server: FileServer, statuses: list[int]
) -> None:
    exported_to(to)
    del server.files["/exports/manifest.json"]
    mine = server.files["/exports/usage.jsonl"][::-1]
    server.files["/exports/usage.jsonl"], server.answers = mine, {"HEAD": statuses}
    server.asked.clear()
    assert refusal(to, ConflictError).startswith("usage.jsonl: another file is there, and is not overwritten")
    assert server.files["/exports/usage.jsonl"] == mine
    assert "PUT" not in {method for method, _ in server.asked}


def test_what_a_broken_off_run_has_sent_is_not_sent_again(to: HttpDestination, server: FileServer) -> None:
    exported_to(to)
    first = dict(server.files)
    del server.files["/exports/usage.jsonl"], server.files["/exports/manifest.json"]
    server.asked.clear()
    assert exported_to(to).sent == 2
    assert server.files == first
    assert [path for method, path in server.asked if method == "PUT"] == [f"/exports/{name}" for name in NAMES[1:]]


def test_a_file_whose_content_is_not_shown_is_sent_again(to: HttpDestination, server: FileServer) -> None:
    exported_to(to)
    server.answers = {"GET": [403] * 7}
    assert exported_to(to).sent == 3


def test_another_export_is_refused_before_anything_is_sent(to: HttpDestination, server: FileServer) -> None:
    exported_to(to)
    server.asked.clear()
    with pytest.raises(ConflictError, match="another export stands there"):
        exported_to(to, period="2026-03")
    with pytest.raises(ConflictError, match="numbers have changed since"):
        exported_to(to, bill_line(quantity=6))
    assert {method for method, _ in server.asked} == {"GET"}


def test_nobody_listening_is_said_after_all_tries(waited: list[float]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        to = HttpDestination(f"http://127.0.0.1:{port}/x", clock=SystemClock(), wait=waited.append)
        assert (
            refusal(to)
            == f"manifest.json: it cannot be reached ({ATTEMPTS} attempts); run again later: what is there stays"
        )
    assert len(waited) == ATTEMPTS - 1


def test_a_server_that_says_nothing_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_put, "READ_TIMEOUT_S", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        to = HttpDestination(f"http://127.0.0.1:{port}/x", clock=SystemClock(), wait=lambda _: None)
        assert refusal(to).startswith(f"manifest.json: it does not answer in time ({ATTEMPTS} attempts)")


class LateClock(ManualClock):
    """Says that an hour has gone once it was asked so many times."""

    def __init__(self, early: int) -> None:
        super().__init__(datetime(2026, 3, 1, tzinfo=UTC))
        self._early = early

    def monotonic_s(self) -> float:
        self._early -= 1
        return 0.0 if self._early >= 0 else LONGEST_S + 1


@pytest.mark.parametrize(("early", "said"), [(1, "manifest.json"), (5, "lines.jsonl")])  # 2 times a request
def test_a_server_that_takes_or_sends_bytes_for_too_long_is_left_alone(
    server: FileServer, early: int, said: str
) -> None:
    server.token = ""
    to = HttpDestination(server.url, clock=LateClock(early), wait=lambda _: None)
    assert refusal(to).startswith(f"{said}: it does not answer in time (1 attempt)")
    assert server.files == {}


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://me:pw@host/x", "the address holds a login"),
        ("https://host/x?sig=pw", "it is not the address of a folder"),
        ("https://", "it is not the address of a folder"),
        ("https://host/a pw", "the address has spaces or letters that cannot be seen"),
        ("ftp://host/pw", "files cannot be sent to such an address"),
        ("https://host:pw/x", "the address has a bad host or port"),
        ("s3://", "it is not the address of a prefix in S3"),
        ("s3://key:pw@bucket", "it is not the address of a prefix in S3"),
    ],
)
def test_a_bad_address_is_refused_without_repeating_it(address: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as found:
        destination_at(address, "", SystemClock())
    assert "pw" not in str(found.value)


@pytest.mark.long(reason="a process that imports everything")
def test_a_killed_export_has_no_manifest_and_is_completed(server: FileServer) -> None:
    server.token = ""
    command = [sys.executable, "-m", "tests.support.killed_commands.export", server.url, "put"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert list(server.files) == ["/exports/lines.jsonl"]
    assert exported_to(HttpDestination(server.url, clock=SystemClock())).sent == 2
    exported_to(HttpDestination(server.url.replace("/exports", "/other"), clock=SystemClock()))
    assert [server.files[f"/exports/{name}"] for name in NAMES] == [server.files[f"/other/{name}"] for name in NAMES]
