"""Files that may only be read, or not even that."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatemeter.embedded.data_dir import DataDir
from gatemeter.errors import DataDirError, ExitCode, InputError
from gatemeter.wiring import store as stores
from gatemeter.wiring.copied_store import copied_store, is_writable
from tests.support.command_in_process import invoked, read, run
from tests.support.kong_events import request_line

pytestmark = pytest.mark.clickhouse


def test_a_report_needs_no_write_permission(
    tmp_path: Path, data_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(request_line("a", consumer="c-1") + b"\n")
    data = data_directory
    run("meter", log, "--data", data)
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    # Root may write anywhere, whatever the modes say.
    monkeypatch.setattr(stores, "is_writable", lambda _: False)
    [row] = read("report", "billable", "--data", data)
    assert (row["consumer_id"], row["requests"]) == ("c-1", 1)
    assert read("report", "license", "--data", data)
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before


def test_a_store_is_copied_with_files_that_can_be_written(tmp_path: Path) -> None:
    directory = DataDir(tmp_path / "data")
    directory.create()
    (directory.clickhouse_path / "store").mkdir()
    (directory.clickhouse_path / "store" / "part").write_text("x")
    (directory.clickhouse_path / "store").chmod(0o500)
    assert is_writable(directory)
    with copied_store(directory) as copy:
        assert (copy / "store" / "part").read_text() == "x"
        assert (copy / "store").stat().st_mode & 0o777 == 0o700
    assert not copy.exists()


def test_a_store_that_is_being_written_is_not_copied(tmp_path: Path) -> None:
    directory = DataDir(tmp_path / "data")
    with directory.hold(), pytest.raises(DataDirError, match="is held by another process"), copied_store(directory):
        pass


@pytest.mark.parametrize(
    "arguments",
    [["meter", "LOG", "--data", "x"], ["decode", "LOG"], ["prices", "lint", "LOG"], ["ship", "LOG", "--kafka", "h:1"]],
)
def test_a_file_that_may_not_be_read_is_wrong_input(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "access.log"
    log.touch()

    def refusing(call: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(path: Any, *arguments: Any, **options: Any) -> Any:
            if path in (log, str(log)):
                raise PermissionError(13, "Permission denied", str(path))
            return call(path, *arguments, **options)

        return refuse

    monkeypatch.setattr(os, "access", lambda path, *_: path not in (log, str(log)))
    for owner, name in ((os, "open"), (Path, "read_text"), (Path, "read_bytes")):
        monkeypatch.setattr(owner, name, refusing(getattr(owner, name)))
    result = invoked(*(str(log) if each == "LOG" else each for each in arguments))
    assert isinstance(result.exception, InputError), result.output
    assert result.exception.exit_code is ExitCode.INPUT
    assert str(log) in str(result.exception)
