"""Blocks of a log file: compression is detected, and damage is an error."""

import gzip
import os
from pathlib import Path

import pytest
import zstandard

from gatemeter.errors import InputError
from gatemeter.logfiles.blocks import BLOCK_BYTES, STDIN, check_readable, read_blocks

TEXT = b"".join(b'{"number":%d}\n' % number for number in range(5000))
PACKED = {
    "plain": TEXT,
    "gzip": gzip.compress(TEXT),
    "gzip in members": gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
    "gzip with padding": gzip.compress(TEXT) + b"\0" * 512,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress(TEXT),  # as the zstd command does
    "zstd in frames": zstandard.compress(TEXT[:100]) + zstandard.compress(TEXT[100:]),
}


def content(path: Path) -> bytes:
    return b"".join(read_blocks(path))


def written(path: Path, value: bytes) -> Path:
    path.write_bytes(value)
    return path


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("name", ["access.log", "access"])
def test_the_first_bytes_decide_the_compression(tmp_path: Path, packing: str, name: str) -> None:
    assert content(written(tmp_path / name, PACKED[packing])) == TEXT


@pytest.mark.parametrize(("name", "packing"), [("a.log.gz", "gzip"), ("a.log.zst", "zstd"), ("a.GZ", "gzip")])
def test_a_compressed_file_may_have_its_suffix(tmp_path: Path, name: str, packing: str) -> None:
    assert content(written(tmp_path / name, PACKED[packing])) == TEXT


@pytest.mark.parametrize("size", [0, 1, 3, 4])
def test_files_of_a_few_bytes_are_read_whole(tmp_path: Path, size: int) -> None:
    assert content(written(tmp_path / "a.log", b"abcd"[:size])) == b"abcd"[:size]


@pytest.mark.parametrize("name", ["a.gz", "a.zst"])
def test_a_suffix_that_does_not_fit_the_bytes_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="do not begin like that; rename it"):
        content(written(tmp_path / name, TEXT))


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_truncated_compressed_file_is_an_error(tmp_path: Path, packing: str, kept: float) -> None:
    value = PACKED[packing]
    with pytest.raises(InputError, match=r"a\.log: the compressed data is cut short"):
        content(written(tmp_path / "a.log", value[: int(len(value) * kept)]))


@pytest.mark.parametrize("name", ["a.gz", "a.zst"])
def test_an_empty_compressed_file_is_truncated(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cut short"):
        content(written(tmp_path / name, b""))


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_corrupt_compressed_file_is_an_error(tmp_path: Path, packing: str) -> None:
    value = bytearray(PACKED[packing])
    value[len(value) // 2 : len(value) // 2 + 40] = b"\xa5" * 40
    with pytest.raises(InputError, match=r"a\.log: the compressed data is corrupt"):
        content(written(tmp_path / "a.log", bytes(value)))


def test_garbage_after_compressed_data_is_corrupt(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="corrupt"):
        content(written(tmp_path / "a.log", PACKED["gzip"] + b"garbage"))


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.log: there is no such file; check the path"):
        check_readable(tmp_path / "nowhere.log")
    with pytest.raises(InputError, match="is a directory; name the log files in it"):
        check_readable(tmp_path)


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.log", TEXT)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may read everything
    with pytest.raises(InputError, match="permission denied"):
        check_readable(path)


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: not a directory"):
        check_readable(written(tmp_path / "a.log", TEXT) / "b.log")


def test_a_read_error_of_the_disk_is_an_input_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.log", TEXT)

    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", fail)
    with pytest.raises(InputError, match="cannot be read: input/output error"):
        content(path)


def test_only_regular_files_have_a_size(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert check_readable(written(tmp_path / "a.log", TEXT)) == len(TEXT)
    assert check_readable(fifo) is None
    assert check_readable(STDIN) is None


def test_progress_counts_the_compressed_bytes(tmp_path: Path) -> None:
    seen: list[int] = []
    path = written(tmp_path / "a.log.gz", gzip.compress(os.urandom(3 * BLOCK_BYTES)))
    for _ in read_blocks(path, on_bytes=seen.append):
        pass
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with written(tmp_path / "a.log", PACKED["gzip"]).open("rb") as file:
        monkeypatch.setattr("sys.stdin", file)
        assert content(STDIN) == TEXT


def test_a_pause_of_the_input_yields_an_empty_block(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    blocks = read_blocks(fifo, idle_s=0.001)
    assert next(blocks) == b""
    os.write(writer, b"some text")
    assert next(block for block in blocks if block) == b"some text"
    assert next(blocks) == b""
    os.close(writer)
    assert list(blocks) == []
