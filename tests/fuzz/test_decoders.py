"""A bounded fuzz run of the decoders, begun from the recorded events."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parent.parent / "fixtures"
RUNS = 20_000

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
    folder = tmp_path / "corpus"
    folder.mkdir()
    recorded = sorted(path for path in FIXTURES.rglob("*.json"))
    assert len(recorded) > 40, "the recorded events are what the run begins from"
    for number, path in enumerate(recorded):
        events = events_of(json.loads(path.read_text(encoding="utf-8")))
        folder.joinpath(f"{number}.json").write_bytes(json.dumps(events[0]).encode())
    return folder


def test_no_bytes_crash_a_decoder(corpus: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.decoders", f"-runs={RUNS}", "-seed=1", "-max_len=16384", str(corpus)],
        cwd=FIXTURES.parent.parent,
        env={"PYTHONPATH": str(FIXTURES.parent.parent), "PATH": "", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {RUNS} runs" in done.stderr, done.stderr[-1000:]
