"""The demonstration that the README begins with, smaller: it holds its reports against the truth, and shows them."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gatemeter.clock import SystemClock
from gatemeter.demo import run as demo
from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.services import StackOptions
from gatemeter.generator.plan import TrafficPlan
from tests.support.gatemeter_command import running
from tests.support.http_answers import get
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]


def test_the_demo_finds_the_truth(
    kafka_address: str,
    topic: str,
    group_id: str,
    store_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With a worker of its own, on the servers of the run: their start takes longer than the rest."""
    servers = partial(StackOptions, kafka=kafka_address, clickhouse_url=store_url)
    monkeypatch.setattr(demo, "StackOptions", servers)
    monkeypatch.setattr(demo, "_WORKERS", 1)
    monkeypatch.setattr(demo, "ACCESS_LOG_TOPIC", topic)
    monkeypatch.setenv("GATEMETER_TOPIC", topic)
    monkeypatch.setenv("GATEMETER_GROUP", group_id)
    monkeypatch.setenv("COLUMNS", "120")  # else lines are folded to the width of whatever terminal runs the tests
    data = DataDir(tmp_path / "demo")
    demo.Demo(data, TrafficPlan(events=1_000), SystemClock()).run()
    output = capsys.readouterr().out
    require_ten_lines_of_truth(output, truth_of(data.path), last="dashboard ")
    assert f"gatemeter serve --data {data.path} (--keep leaves it up)\n" in output


@pytest.mark.long(reason="starts a whole stack; `make test` has a demo on servers that run, and starts one stack")
def test_the_demo_leaves_its_dashboard_up(tmp_path: Path) -> None:
    data, log = tmp_path / "demo", tmp_path / "demo.log"
    with running("demo", "--events", "4000", "--keep", "--data", data, log=log) as process:
        wait_for(lambda: process.poll() is not None or list(dashboards(log)), "the dashboard", log.read_bytes)
        [url] = dashboards(log)
        truth = truth_of(data)
        assert requests_of_api(url) == truth["counted"]
        require_ten_lines_of_truth(log.read_text(encoding="utf-8"), truth, last="Dashboard: ")
    assert process.returncode == 0


def truth_of(data: Path) -> dict[str, int]:
    truth: dict[str, int] = json.loads((data / "access.log.zst.truth.json").read_text(encoding="utf-8"))
    return truth


def dashboards(log: Path) -> Iterator[str]:
    for line in log.read_text(encoding="utf-8").splitlines():
        if line.startswith("Dashboard: "):
            yield line.removeprefix("Dashboard: ")


def requests_of_api(dashboard_url: str) -> int:
    """What the API behind the dashboard says to the token in its address."""
    token = urlsplit(dashboard_url).fragment.removeprefix("token=")
    question = {"content_type": "application/json", "authorization": f"Bearer {token}"}
    status, body = get(dashboard_url, "/api/v1/query", body=b"{}", **question)
    assert status == 200, body
    [row] = json.loads(body)["rows"]
    found: int = row["request_count"]
    return found


def require_ten_lines_of_truth(output: str, truth: dict[str, int], last: str) -> None:
    """The lines up to the one that begins with `last`."""
    shown = output[output.index("A month of") : output.index(f"\n{last}") + 1].splitlines()
    lines = {line[:13].strip(): line[13:] for line in shown[1:]}
    compared = re.match(r"([\d,]+) numbers compared with it, all as they must be", lines["the truth"])
    assert compared is not None, output
    assert int(compared[1].replace(",", "")) > truth["consumed"]
    assert lines["requests"].startswith(f"{truth['counted']:,}, ")
    assert lines["copies"].startswith(f"{truth['duplicates']:,} requests")
    assert lines["dead letters"].startswith(f"{truth['dead_letters']:,} kept")
    assert re.match(r"about \d\S* USD \(\d\S* computed, \d\S* estimated\); by the gateway", lines["cost"]), output
    assert re.match(r"made \S+/s; shipped \S+/s; shipped, counted", lines["speed"]), output
    assert len(shown) <= 14
