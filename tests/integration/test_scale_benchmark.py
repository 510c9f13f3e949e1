"""The store that `benchmarks.scale` makes is one that a worker could have left."""

import subprocess
import sys
from pathlib import Path

import pytest

from gatemeter.errors import ExitCode
from tests.support.repository import ROOT

SMALL = "--events 100000 --consumers 10 --routes 6 --partitions 2 --repeats 1 --peer-events 50000"


@pytest.mark.clickhouse
@pytest.mark.long(reason="makes, settles and verifies a store of its own: 15 CPU seconds")
def test_the_made_store_holds_all_events_and_verifies(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "store")]
    made = _run("benchmarks.scale", *data, *SMALL.split())
    assert made.returncode in (ExitCode.OK, ExitCode.INTERNAL), made.stderr  # on a busy machine it is not quick enough
    assert "p99 by service" in made.stdout
    verified = _run("gatemeter", "verify", *data)
    assert verified.returncode == ExitCode.OK, verified.stdout


def _run(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
