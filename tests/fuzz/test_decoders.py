"""Fuzz runs of the decoders that begin with the recorded events; a short one in `make test`, a long one beside it."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.repository import ROOT

FIXTURES = ROOT / "tests" / "fixtures"
LONG_RUNS = 50_000
FEWEST_RUNS_PER_S = 50
"""On a busy machine; a run that is slower has met an input that takes far too long."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("atheris") is None, reason="atheris is published for Linux on x86-64 only"
    ),
]


def events_of(document: Any) -> list[Any]:
    """The event in a fixture: the whole document, the member `event`, or an `ai` block made an event."""
    if "request" in document or "session" in document or "specversion" in document:
        return [document]
    if "event" in document:
        return [document["event"]]
    return [{"started_at": 1770112861007, "request": {"id": "f"}, "response": {"status": 200}, "ai": document}]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with one file for each recorded event."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    recorded = sorted(path for path in FIXTURES.rglob("*.json") if path.parent.name != "how_to")  # logs of lines
    assert len(recorded) > 40, "the runs begin with the recorded events"
    for number, path in enumerate(recorded):
        events = events_of(json.loads(path.read_text(encoding="utf-8")))
        folder.joinpath(f"{number}.json").write_bytes(json.dumps(events[0]).encode())
    return folder


@pytest.mark.timeout(600 + LONG_RUNS / FEWEST_RUNS_PER_S)
@pytest.mark.parametrize(
    "runs", [300, pytest.param(LONG_RUNS, marks=pytest.mark.long(reason="minutes of mutated inputs"))]
)
def test_no_bytes_crash_a_decoder(runs: int, corpus: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.decoders", f"-runs={runs}", "-seed=1", "-max_len=16384", str(corpus)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300 + runs / FEWEST_RUNS_PER_S,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    ended = re.search(r"^Done (\d+) runs", done.stderr, re.MULTILINE)
    # The corpus it begins with counts too, and a batch is ended: a few runs more than asked for.
    assert ended is not None, done.stderr[-1000:]
    assert int(ended[1]) >= runs
