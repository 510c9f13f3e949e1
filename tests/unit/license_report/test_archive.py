import errno
import io
import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatemeter.errors import InputError, SettingsError
from gatemeter.license_report.archive import archive_bytes, archive_stem, report_text, write_archive

NOW = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)


def test_the_archive_holds_the_report_alone(tmp_path: Path) -> None:
    write_archive(tmp_path / "r.tar", '{"a": 1}\n', NOW)
    with tarfile.open(tmp_path / "r.tar") as archive:
        [member] = archive.getmembers()
        content = archive.extractfile(member)
        assert content is not None
        assert content.read() == b'{"a": 1}\n'
    assert (member.name, member.mtime) == ("response.json", int(NOW.timestamp()))


@pytest.mark.parametrize(("hour", "named"), [(0, "12_05_AM"), (10, "10_05_AM"), (12, "12_05_PM"), (23, "11_05_PM")])
def test_the_default_name_is_that_of_the_vendor_in_utc(hour: int, named: str) -> None:
    assert archive_stem(NOW.replace(hour=hour)) == f"report-2026_02_03_{named}"


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


def tar_of(*names: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        tar_of("../response.json"),
        tar_of("response.json", "more.json"),
        tar_of("response.json", "response.json"),
        archive_bytes("{}" * 999, NOW)[:700],
        archive_bytes("{}", NOW)[:300],
    ],
)
def test_a_tar_of_anything_else_is_refused_with_its_name(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^r\.tar: is a tar "):
        report_text(content, "r.tar")


def test_the_report_in_a_tar_and_a_bare_one_are_read_alike() -> None:
    assert report_text(archive_bytes('{"a": 1}', NOW), "r.tar") == report_text(b'{"a": 1}', "r.json")
