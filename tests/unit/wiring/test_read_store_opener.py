"""A server that reads from a running stack leaves the directory alone when the stack has ended."""

import os
from pathlib import Path

import pytest

from gatemeter.embedded.data_dir import DataDir, RunningStack
from gatemeter.errors import ClickHouseUnavailable
from gatemeter.wiring.store import read_store_opener


def test_a_directory_is_not_held_once_its_stack_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = [RunningStack(pid=os.getpid(), kafka="k:1", clickhouse_url="http://127.0.0.1:1/gatemeter")]
    monkeypatch.setattr(DataDir, "running", lambda _: running[0] if running else None)
    opened = read_store_opener(tmp_path, None)
    running.clear()
    with pytest.raises(ClickHouseUnavailable, match="no stack runs here"):
        opened()
    assert list(tmp_path.iterdir()) == []
