"""A file as a log: what identifies it, how it is cut, and what counts as changed."""

import gzip
import os
from pathlib import Path

import pytest

from gatemeter.errors import EpochSizeChangedError, InputError, LogChangedError
from gatemeter.logfiles.lines import BATCH_LINES
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.log import Log, LogKind
from gatemeter.metering.sink import StoredEpoch
from gatemeter.sources.file_log import EPOCH_LINES, EpochHash, FileChunk, check_unchanged, open_file_log
from gatemeter.sources.file_log import read_file_chunks as read_chunks
from gatemeter.wire.topics import MAX_EVENT_BYTES


def written(path: Path, text: bytes) -> Path:
    path.write_bytes(text)
    return path


def opened(path: Path) -> Log:
    log = open_file_log(path)
    assert log is not None
    return log


def chunks(path: Path) -> list[FileChunk]:
    return list(read_chunks(path, "kong-log"))


def last_hash(path: Path) -> str:
    running = EpochHash()
    return [running.update(chunk.chunk.first_offset, chunk.hashed) for chunk in chunks(path)][-1]


def test_a_file_is_known_by_its_first_line_wherever_it_lies(tmp_path: Path) -> None:
    one = opened(written(tmp_path / "one.log", b"first\nsecond\n"))
    grown = opened(written(tmp_path / "other.log", b"first\nsecond\nthird\n"))
    assert (one.identity, one.kind, one.name) == (grown.identity, LogKind.FILE, str(tmp_path / "one.log"))
    assert opened(written(tmp_path / "third.log", b"First\n")).identity != one.identity


@pytest.mark.parametrize("text", [b"\n \nfirst\n", b"first", b"first\r\n"])
def test_blank_lines_and_line_endings_do_not_change_the_identity(tmp_path: Path, text: bytes) -> None:
    plain = opened(written(tmp_path / "plain", b"first\n"))
    assert opened(written(tmp_path / "other", text)).identity == plain.identity


def test_the_same_lines_compressed_are_the_same_log(tmp_path: Path) -> None:
    plain = written(tmp_path / "a.log", b"first\nsecond\n")
    packed = written(tmp_path / "a.log.gz", gzip.compress(plain.read_bytes()))
    assert opened(packed).identity == opened(plain).identity
    assert last_hash(packed) == last_hash(plain)


@pytest.mark.parametrize("text", [b"", b"\n", b" \r\n\t\n"])
def test_a_file_without_a_line_is_no_log(tmp_path: Path, text: bytes) -> None:
    assert open_file_log(written(tmp_path / "empty", text)) is None


def test_standard_input_and_pipes_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (Path("-"), pipe):
        with pytest.raises(InputError, match=r"can be read only once.*gatemeter ship"):
            open_file_log(path)


@pytest.mark.parametrize(("name", "what"), [(".", "is a directory"), ("missing", "no such file")])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        open_file_log(tmp_path / name)


def test_blank_lines_have_a_number_and_no_message(tmp_path: Path) -> None:
    (found,) = chunks(written(tmp_path / "a", b"one\n\n \nfour\n"))
    chunk = found.chunk
    assert (chunk.first_offset, chunk.next_offset, list(chunk.offsets)) == (0, 4, [0, 3])
    assert (list(chunk.values), chunk.times_ms, found.is_unterminated) == ([b"one", b"four"], None, False)


def test_a_last_line_without_newline_is_a_chunk_of_its_own(tmp_path: Path) -> None:
    found = chunks(written(tmp_path / "a", b"one\ntwo\nthr"))
    assert [(c.chunk.first_offset, c.chunk.next_offset, c.is_unterminated) for c in found] == [
        (0, 2, False),
        (2, 3, True),
    ]


def test_a_line_that_is_too_long_is_a_chunk_of_its_own_format(tmp_path: Path) -> None:
    text = b"one\n" + b"x" * (MAX_EVENT_BYTES + 1) + b"\nthree\n"
    found = [c.chunk for c in chunks(written(tmp_path / "a", text))]
    assert [(c.first_offset, c.next_offset, c.log_format) for c in found] == [
        (0, 1, "kong-log"),
        (1, 2, "oversized"),
        (2, 3, "kong-log"),
    ]


def test_epochs_are_whole_batches_of_the_reader() -> None:
    assert EPOCH_LINES % BATCH_LINES == 0


def test_a_hash_depends_on_the_lines_and_not_on_how_they_are_cut(tmp_path: Path) -> None:
    assert last_hash(written(tmp_path / "a", b"one\ntwo\nthree")) == last_hash(
        written(tmp_path / "b", b"one\ntwo\nthree\n")
    )
    assert last_hash(tmp_path / "a") != last_hash(written(tmp_path / "c", b"one\ntwothree\n"))


def test_a_hash_covers_its_own_epoch_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatemeter.sources.file_log.EPOCH_LINES", BATCH_LINES)
    one = written(tmp_path / "a", b"one\n" * BATCH_LINES + b"same\n")
    assert last_hash(one) == last_hash(written(tmp_path / "b", b"two\n" * BATCH_LINES + b"same\n"))


class TestCheckUnchanged:
    LINES = b"one\ntwo\nthree\n"

    def stored(self, path: Path, **changes: object) -> list[StoredEpoch]:
        facts: dict[str, object] = {
            "partition": 0,
            "first_offset": 0,
            "version": 3,
            "epoch_size": EPOCH_LINES,
            "content_hash": last_hash(path),
            "unterminated_line": -1,
            "ruleset_version": "2",
            "counts": EventCounts(),
        }
        return [StoredEpoch(**{**facts, **changes})]  # type: ignore[arg-type]

    @pytest.mark.parametrize("more", [b"", b"four", b"\n\n", b"four\nfive\n"])
    def test_the_same_file_and_a_grown_one_pass(self, tmp_path: Path, more: bytes) -> None:
        path = written(tmp_path / "a", self.LINES)
        stored = self.stored(path)
        path.write_bytes(self.LINES + more)
        check_unchanged(path, opened(path), stored)

    @pytest.mark.parametrize(
        ("text", "how"),
        [
            (b"one\nTWO\nthree\n", "differs from it within lines 1 to 3"),
            (b"one\ntwo\nthree!\n", "differs from it within lines 1 to 3"),
            (b"one\n\ntwo\nthree\n", "differs from it within lines 1 to 3"),
            (b"one\ntwo\n", "is shorter within lines 1 to 3"),
        ],
    )
    def test_another_file_with_the_same_first_line_is_refused(self, tmp_path: Path, text: bytes, how: str) -> None:
        path = written(tmp_path / "a", self.LINES)
        stored = self.stored(path)
        path.write_bytes(text)
        with pytest.raises(LogChangedError, match=f"{path}: .*{how}; meter the original"):
            check_unchanged(path, opened(path), stored)

    def test_a_line_that_was_not_ended_may_still_change(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a", b"one\ntwo\n")
        stored = self.stored(path, unterminated_line=2)
        path.write_bytes(b"one\ntwo\n{whatever\n")
        check_unchanged(path, opened(path), stored)

    def test_epochs_of_another_size_are_refused(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a", self.LINES)
        with pytest.raises(EpochSizeChangedError, match="epochs of 7 offsets"):
            check_unchanged(path, opened(path), self.stored(path, epoch_size=7))
