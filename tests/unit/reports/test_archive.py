import errno
import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatemeter.errors import SettingsError
from gatemeter.reports.license import default_archive_name, write_archive

NOW = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)


def test_the_archive_holds_the_report_alone(tmp_path: Path) -> None:
    write_archive(tmp_path / "r.tar", '{"a": 1}\n', NOW)
    with tarfile.open(tmp_path / "r.tar") as archive:
        [member] = archive.getmembers()
        content = archive.extractfile(member)
        assert content is not None
        assert content.read() == b'{"a": 1}\n'
    assert (member.name, member.mtime) == ("response.json", int(NOW.timestamp()))


def test_the_default_name_is_the_time_in_utc() -> None:
    assert default_archive_name(NOW) == "report-20260203T100500Z.tar"


def test_says_where_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing/r\.tar: cannot be written: No such file"):
        write_archive(tmp_path / "missing" / "r.tar", "{}", NOW)


def test_a_full_disk_leaves_the_archive_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "r.tar").write_bytes(b"of the month before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left"):
        write_archive(tmp_path / "r.tar", "{}", NOW)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"of the month before"]
