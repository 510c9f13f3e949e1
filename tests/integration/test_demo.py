"""The demonstration that the README begins with, smaller: it holds its reports against the truth, and shows them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.gatemeter_command import running
from tests.support.http_answers import get
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]


def test_the_demo_finds_the_truth_and_leaves_its_dashboard_up(tmp_path: Path) -> None:
    data, log = tmp_path / "demo", tmp_path / "demo.log"
    with running("demo", "--events", "4000", "--keep", "--data", data, log=log) as process:
        wait_for(lambda: process.poll() is not None or list(dashboards(log)), "the dashboard", log.read_bytes)
        [url] = dashboards(log)
        truth = json.loads((data / "access.log.zst.truth.json").read_text(encoding="utf-8"))
        assert requests_of_api(url) == truth["counted"]
        require_ten_lines_of_truth(log.read_text(encoding="utf-8"), truth)
    assert process.returncode == 0


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


def require_ten_lines_of_truth(output: str, truth: dict[str, int]) -> None:
    shown = output[output.index("A month of") : output.index("Dashboard: ")].splitlines()
    lines = {line[:13].strip(): line[13:] for line in shown[1:]}
    compared = re.match(r"([\d,]+) numbers compared with it, all as they must be", lines["the truth"])
    assert compared is not None, output
    assert int(compared[1].replace(",", "")) > 4000
    assert lines["requests"].startswith(f"{truth['counted']:,}, ")
    assert lines["copies"].startswith(f"{truth['duplicates']:,} requests")
    assert lines["dead letters"].startswith(f"{truth['dead_letters']:,} kept")
    assert re.match(r"about \d\S* USD \(\d\S* computed, \d\S* estimated\); by the gateway", lines["cost"]), output
    assert re.match(r"made \S+/s; shipped \S+/s; shipped, counted", lines["speed"]), output
    assert len(shown) <= 14
