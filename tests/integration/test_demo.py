"""The demonstration that the README begins with, smaller: it holds its own reports against the truth."""

import re
from pathlib import Path

import pytest

from tests.support.gatemeter_command import run

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]


def test_the_demo_finds_the_truth(tmp_path: Path) -> None:
    done = run("demo", "--events", "4000", "--data", tmp_path / "demo")
    compared = re.search(
        r"Compared with the truth about this traffic: ([\d,]+) numbers, all as they must be", done.stdout
    )
    assert compared is not None, done.stdout
    assert int(compared[1].replace(",", "")) > 4000
    for title in (
        "License report",
        "Billable requests",
        "Latency by service",
        "Calls to language models",
        "Calls of tools",
    ):
        assert title in done.stdout
