"""What several tests of the streams stage start from."""

from pathlib import Path

import pytest

from gatemeter.contracts.log_lines import BATCH_LINES
from gatemeter.sinks.memory_sink import MemorySink


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


@pytest.fixture
def _small_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatemeter.streams.file_log.EPOCH_LINES", BATCH_LINES)
