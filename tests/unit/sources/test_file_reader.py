"""A file read again: any range of its lines, cut as the first time."""

from pathlib import Path

import pytest

from gatemeter.errors import ConflictError, InputError
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE
from gatemeter.sources.file_log import open_file_log
from gatemeter.sources.file_reader import FILE_PARTITION, FileLogReader
from tests.support.metered_file import LINES, TORN, text_of

BLANK = 7


@pytest.fixture
def reader(path: Path) -> FileLogReader:
    path.write_bytes(text_of([*LINES[:BLANK], b"", *LINES[BLANK:]]))
    return FileLogReader(path, "kong-log")


def test_it_is_the_log_that_was_metered(reader: FileLogReader, path: Path) -> None:
    assert reader.log == open_file_log(path)
    assert reader.ranges() == {FILE_PARTITION: range(1_201)}


@pytest.mark.parametrize(
    "offsets", [range(1_201), range(499, 501), range(500, 1_000), range(3, 9), range(1_200, 1_201)]
)
def test_any_range_is_covered_without_a_gap(reader: FileLogReader, offsets: range) -> None:
    lines = [*LINES[:BLANK], b"", *LINES[BLANK:]]
    chunks = list(reader.chunks(FILE_PARTITION, offsets))
    edges = [offsets.start, *(chunk.next_offset for chunk in chunks)]
    assert [chunk.first_offset for chunk in chunks] == edges[:-1]
    assert edges[-1] == offsets.stop
    found = {at: value for chunk in chunks for at, value in zip(chunk.offsets, chunk.values, strict=True)}
    assert found == {at: lines[at] for at in offsets if at != BLANK}


def test_a_last_line_without_newline_is_known(reader: FileLogReader, path: Path) -> None:
    assert reader.unterminated_line == NO_UNTERMINATED_LINE
    with path.open("ab") as file:
        file.write(TORN[:20])
    assert FileLogReader(path, "kong-log").unterminated_line == 1_201


def test_a_file_that_became_shorter_or_empty(reader: FileLogReader, path: Path) -> None:
    assert reader.ranges()
    path.write_bytes(text_of(LINES[:5]))
    with pytest.raises(ConflictError, match="has 5 lines, it had 1201 before"):
        list(reader.chunks(FILE_PARTITION, range(3, 1_201)))
    path.write_bytes(b"")
    with pytest.raises(InputError, match="no line"):
        FileLogReader(path, "kong-log")
