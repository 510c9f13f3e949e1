"""The harness itself: fault points and controls name real methods, proxy and oracle do what they say."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.support.crash.fault_hooks import owner_of
from tests.support.crash.fault_plan import FAULT_POINTS, Act, Fault, FaultPlan
from tests.support.crash.fault_proxy import FaultProxy, ProxyMode, fault_proxy
from tests.support.crash.log_input import InputPlan, LogInput
from tests.support.crash.oracle import EpochAccount, Oracle
from tests.support.repository import ROOT
from tests.support.waiting import wait_for

_INSERT = b"INSERT INTO `api_usage_hourly` (`hour`) FORMAT Native\n..."
_REQUEST = {
    "request": {"id": "r-1", "method": "GET", "size": 10},
    "response": {"status": 200, "size": 20},
    "latencies": {"request": 7, "proxy": -1, "kong": 0},
    "workspace": "w",
    "source": "upstream",
    "started_at": 1_770_000_000_000,
}


class _Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Print nothing."""


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with fault_proxy(server.server_port) as running:
            yield running
        server.shutdown()
        thread.join()


def ask(proxy: FaultProxy, body: bytes) -> tuple[int, str | None]:
    """Send a statement; its status and ClickHouse's exception code; status 0 for no answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{proxy.port}/", data=body)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("X-ClickHouse-Exception-Code")
    except OSError:
        return 0, None


@pytest.mark.parametrize("name", FAULT_POINTS)
def test_a_fault_point_names_a_method_of_the_product(name: str) -> None:
    point = FAULT_POINTS[name]
    assert callable(getattr(owner_of(point), point.method))


def test_every_control_finds_the_guard_that_it_replaces() -> None:
    """In a process of its own, which it leaves without guards."""
    script = "from tests.support.crash import guards_off as off; [off.switch_off(name) for name in off.CONTROLS]"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_a_fault_plan_travels_by_environment() -> None:
    fault_plan = FaultPlan([Fault("commit.before", Act.DELAY, 2, 0.5)], drop_chunks=0.1, seed=3, control="increments")
    (text,) = fault_plan.environment().values()
    assert FaultPlan.parse(text) == fault_plan


@pytest.mark.parametrize(
    ("mode", "insert", "query"),
    [
        (ProxyMode.PASS, (200, None), (200, None)),
        (ProxyMode.SLOW, (200, None), (200, None)),
        (ProxyMode.REFUSE, (0, None), (0, None)),
        (ProxyMode.UNAVAILABLE, (503, None), (503, None)),
        (ProxyMode.OVERLOADED, (503, "745"), (503, "745")),
        (ProxyMode.DISK_FULL, (500, "243"), (200, None)),
    ],
)
def test_the_proxy_treats_inserts_and_queries_by_its_mode(
    proxy: FaultProxy, mode: ProxyMode, insert: tuple[int, str | None], query: tuple[int, str | None]
) -> None:
    proxy.set_mode(mode)
    assert (ask(proxy, _INSERT), ask(proxy, b"SELECT 1")) == (insert, query)
    assert proxy.passed == ({"api_usage_hourly": 1} if insert[0] == 200 else {})


def test_a_broken_flush_carries_out_one_insert_that_it_does_not_answer(proxy: FaultProxy) -> None:
    proxy.set_mode(ProxyMode.BREAK, inserts=1)
    assert [ask(proxy, _INSERT)[0] for _ in range(3)] == [200, 0, 0]
    assert proxy.passed.total() == 2


def test_a_held_insert_is_carried_out_when_the_mode_is_pass(proxy: FaultProxy) -> None:
    proxy.set_mode(ProxyMode.HOLD, inserts=1)
    assert ask(proxy, _INSERT)[0] == 200
    answers: list[int] = []
    thread = Thread(target=lambda: answers.append(ask(proxy, _INSERT)[0]))
    thread.start()
    wait_for(lambda: proxy.affected, "the insert is held")
    assert proxy.passed.total() == 1
    proxy.set_mode(ProxyMode.PASS)
    thread.join()
    assert answers == [200]
    assert proxy.passed.total() == 2


def test_the_oracle_finds_copies_in_an_epoch_and_the_next() -> None:
    oracle = Oracle(epoch_size=2)
    line = json.dumps(_REQUEST).encode()
    for offset in (0, 1, 2, 6):
        oracle.add(0, offset, line, None)
    accounts = [(account.counted, account.duplicates) for account in oracle.epochs.values()]
    assert accounts == [(1, 1), (0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("value", "log_format"), [(None, None), (b"", None), (b"\xff", None), (b"7", None), (b"{}", None), (b"{}", "morse")]
)
def test_the_oracle_counts_what_it_cannot_read_as_dead(value: bytes | None, log_format: str | None) -> None:
    oracle = Oracle(epoch_size=8)
    oracle.add(0, 0, value, log_format)
    assert oracle.totals() == EpochAccount(consumed=1, dead_letters=1)


def test_the_input_holds_copies_and_bad_lines_and_repeats() -> None:
    plan = InputPlan(events=1_000, seed=9)
    first, second = LogInput(plan), LogInput(plan)
    messages = list(first.messages())
    assert messages == list(second.messages())
    oracle, offsets = Oracle(plan.epoch_size), dict.fromkeys(range(4), 0)
    for message in messages:
        oracle.add(message.partition, offsets[message.partition], message.value, message.log_format)
        offsets[message.partition] += 1
    totals, truth = oracle.totals(), first.truth()
    assert (totals.counted, totals.other_kind) == (truth["counted"], truth["other_kind"])
    assert totals.dead_letters > truth["dead_letters"] > 0
    assert totals.duplicates
