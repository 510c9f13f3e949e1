"""The demonstration that the README begins with, smaller: it holds its own reports against the truth."""

import json
import re
from pathlib import Path

import pytest

from tests.support.gatemeter_command import run

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]


def test_the_demo_finds_the_truth(tmp_path: Path) -> None:
    done = run("demo", "--events", "4000", "--data", tmp_path / "demo")
    lines = {line[:13].strip(): line[13:] for line in done.stdout.splitlines() if line[12:13] == " "}
    compared = re.match(r"([\d,]+) numbers compared with it, all as they must be", lines["the truth"])
    assert compared is not None, done.stdout
    assert int(compared[1].replace(",", "")) > 4000
    truth = json.loads((tmp_path / "demo" / "access.log.zst.truth.json").read_text(encoding="utf-8"))
    assert lines["requests"].startswith(f"{truth['counted']:,}, ")
    assert lines["copies"].startswith(f"{truth['duplicates']:,} requests")
    assert lines["dead letters"].startswith(f"{truth['dead_letters']:,} kept")
    assert re.match(r"about \d\S* USD \(\d\S* computed, \d\S* estimated\); by the gateway", lines["cost"]), done.stdout
    assert len(done.stdout.splitlines()) <= 14
