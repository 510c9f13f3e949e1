"""Lines of a log file: right numbers, bounded memory, no line lost before damage."""

import gzip
import os
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.errors import InputError
from gatemeter.logfiles import lines as log_lines
from gatemeter.logfiles.lines import OVERSIZED_HEAD_BYTES, LineBatch, LogLine, read_line_batches, read_lines
from gatemeter.wire.topics import MAX_EVENT_BYTES
from tests.support.smoke import smoke

MEGABYTE = 1_000_000


def written(path: Path, value: bytes) -> Path:
    path.write_bytes(value)
    return path


def numbered(path: Path) -> list[tuple[int, bytes]]:
    return [(line.number, line.content) for line in read_lines(path)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"", []),
        (b"\n", []),
        (b"a", [(1, b"a")]),
        (b"a\n", [(1, b"a")]),
        (b"a\nb", [(1, b"a"), (2, b"b")]),
        (b"a\r\nb\r\n", [(1, b"a"), (2, b"b")]),
        (b"a\n\n \t \n\r\nb\n", [(1, b"a"), (5, b"b")]),
        (b"a\r", [(1, b"a")]),
        (b"\0\0\0a\n\0\0b\0\n\0", [(1, b"\0a"), (2, b"\0b\0"), (3, b"\0")]),
        (b"a\rb\n", [(1, b"a\rb")]),
        (b" a \n", [(1, b" a ")]),
        (b"a\n   ", [(1, b"a")]),
    ],
)
def test_lines_have_numbers_and_no_line_ending(tmp_path: Path, text: bytes, lines: list[tuple[int, bytes]]) -> None:
    assert numbered(written(tmp_path / "a.log", text)) == lines


@pytest.mark.parametrize(("text", "terminated"), [(b"a\nb\n", [True, True]), (b"a\nb", [True, False])])
def test_a_last_line_without_newline_is_unterminated(tmp_path: Path, text: bytes, terminated: list[bool]) -> None:
    assert [line.terminated for line in read_lines(written(tmp_path / "a.log", text))] == terminated


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize(("excess", "oversized"), [(0, False), (1, True)])
def test_a_line_above_the_limit_is_oversized(tmp_path: Path, ending: bytes, excess: int, oversized: bool) -> None:
    size = MAX_EVENT_BYTES + excess
    path = written(tmp_path / "a.log", b"x" * size + ending + b"b" + ending)
    first, second = read_lines(path)
    assert (first.size_bytes, first.oversized, len(first.content)) == (
        size,
        oversized,
        OVERSIZED_HEAD_BYTES if oversized else size,
    )
    assert second == LogLine(2, b"b", 1, oversized=False, terminated=True)


def test_a_long_last_line_without_newline_is_oversized(tmp_path: Path) -> None:
    (line,) = read_lines(written(tmp_path / "a.log", b"x" * (MAX_EVENT_BYTES + 5)))
    assert (line.size_bytes, line.oversized, line.terminated) == (MAX_EVENT_BYTES + 5, True, False)


@pytest.mark.parametrize("suffix", smoke([".zst", "", ".gz"], 1, reason="a packed file is in `make test`"))
def test_a_line_of_200_megabytes_is_never_in_memory(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.log{suffix}"
    opened = {"": open, ".gz": gzip.open, ".zst": zstandard.open}[suffix]
    with opened(path, "wb") as file:  # type: ignore[operator]
        for _ in range(200):
            file.write(b"x" * MEGABYTE)
        file.write(b"\nb\n")
    tracemalloc.start()
    sizes = [line.size_bytes for line in read_lines(path)]
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sizes == [200 * MEGABYTE, 1]
    assert peak_bytes < 40 * MEGABYTE


def test_batches_end_at_multiples_of_their_size(tmp_path: Path) -> None:
    path = written(tmp_path / "a.log", b"\n".join(b"%d" % number for number in range(1, 12)))
    batches = list(read_line_batches(path, 5))
    assert [(batch.first_line_number, len(batch.lines)) for batch in batches] == [(1, 5), (6, 5), (11, 1)]
    assert [batch.terminated for batch in batches] == [True, True, False]


def test_a_full_last_batch_knows_if_its_line_has_ended(tmp_path: Path) -> None:
    (batch,) = read_line_batches(written(tmp_path / "a.log", b"1\n2\n3"), 3)
    assert batch == LineBatch(1, [b"1", b"2", b"3"], {}, terminated=False)


def test_a_blank_line_keeps_its_place_in_a_batch(tmp_path: Path) -> None:
    (batch,) = read_line_batches(written(tmp_path / "a.log", b"1\n \n3\n"), 5)
    assert batch.lines == [b"1", b"", b"3"]


def test_an_oversized_line_has_its_size_in_its_batch(tmp_path: Path) -> None:
    path = written(tmp_path / "a.log", b"1\n" + b"x" * (MAX_EVENT_BYTES + 9) + b"\n3\n")
    (batch,) = read_line_batches(path, 5)
    assert batch.oversized == {1: MAX_EVENT_BYTES + 9}


def test_a_batch_ends_once_it_holds_enough_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "_BATCH_BYTES", MEGABYTE)
    path = written(tmp_path / "a.log", (b"x" * MEGABYTE + b"\n") * 4)
    assert [batch.first_line_number for batch in read_line_batches(path, 100)] == [1, 2, 3, 4]


def test_an_event_behind_megabytes_of_nul_bytes_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "sparse.log"
    with path.open("wb") as file:
        file.truncate(8 * MAX_EVENT_BYTES + 7)
        file.seek(0, os.SEEK_END)
        file.write(b'{"a":1}\n{"b":2}\n')
    assert [(line.content, line.oversized) for line in read_lines(path)] == [(b'\0{"a":1}', False), (b'{"b":2}', False)]


@given(st.lists(st.sampled_from([b"", b" ", b"a", b"bb\r", b"c\r\n", b"x" * 50])), st.integers(1, 7), st.integers(1, 9))
def test_blocks_of_any_size_give_the_same_lines(pieces: list[bytes], block_bytes: int, batch_lines: int) -> None:
    text = b"\n".join(pieces)
    expected = [
        (number, line.removesuffix(b"\r")) for number, line in enumerate(text.split(b"\n"), start=1) if line.strip()
    ]
    blocks = [text[start : start + block_bytes] for start in range(0, len(text), block_bytes)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_lines, "read_blocks", lambda *_, **__: iter(blocks))
        batches = list(read_line_batches(Path("a.log"), batch_lines))
    found = [
        (batch.first_line_number + index, line) for batch in batches for index, line in enumerate(batch.lines) if line
    ]
    assert found == expected


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_lines_before_damaged_data_are_yielded(tmp_path: Path, pack: object) -> None:
    text = b"".join(os.urandom(30).hex().encode() + b"\n" for _ in range(20_000))
    packed = pack(text)  # type: ignore[operator]
    path = written(tmp_path / "a.log", packed[: len(packed) // 2])
    seen: list[bytes] = []
    with pytest.raises(InputError, match=r"a\.log, after line \d+: the compressed data is cut short") as caught:
        seen.extend(line.content for line in read_lines(path))
    assert f"after line {len(seen)}:" in str(caught.value)
    assert seen == text.split(b"\n")[: len(seen)]
    assert len(seen) > 1000


def test_the_error_of_a_missing_file_has_no_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.log: there is no such file"):
        list(read_lines(tmp_path / "a.log"))


def test_a_paused_input_yields_the_lines_read_so_far(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    os.write(writer, b"one\ntw")
    batches = read_line_batches(fifo, idle_s=0.001)
    assert next(batches).lines == [b"one"]
    assert next(batches) == LineBatch(2, [])
    os.write(writer, b"o\n")
    assert next(batch for batch in batches if batch.lines) == LineBatch(2, [b"two"])
    os.close(writer)
    assert [batch.lines for batch in batches if batch.lines] == []
