"""Which files are one log: pods that begin with the same words, files that grow, rotate, and are truncated."""

import gzip
from pathlib import Path

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import LogChangedError
from gatemeter.schema import EPOCH_LEDGER
from gatemeter.sources.file_log import open_file_log
from gatemeter.sources.file_reader import FileLogReader
from tests.support.kong_events import request_line
from tests.support.logs import counts
from tests.support.metered_file import ledger_totals, meter, text_of

BANNER = [b"Loading Kong configuration for this node ...", b'{"level":"info","msg":"start","time":"10:00:00"}']
A = [request_line(f"a{number}") for number in range(3)]
B = [request_line(f"b{number}") for number in range(4)]
CLOUD_EVENTS = [
    b'{"specversion":"1.0","type":"request","source":"s","id":"%d","time":"2026-02-03T10:00:00Z","data":{}}' % number
    for number in range(2)
]


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


def written(path: Path, *lines: bytes) -> Path:
    path.write_bytes(text_of(lines))
    return path


def logs(sink: MemorySink) -> int:
    return len({row["log"] for row in sink.rows(EPOCH_LEDGER)})


@pytest.mark.parametrize("banner", [BANNER[:1], BANNER, BANNER * 100], ids=["a line", "two", "two hundred"])
@pytest.mark.parametrize(("one", "other"), [(A, B), (B, A), (A[:1], B), (CLOUD_EVENTS, A), (CLOUD_EVENTS[1:], B)])
def test_two_pods_that_begin_alike_are_two_logs(
    tmp_path: Path, sink: MemorySink, banner: list[bytes], one: list[bytes], other: list[bytes]
) -> None:
    meter(written(tmp_path / "a.log", *banner, *one), sink)
    meter(written(tmp_path / "b.log", *banner, *other), sink)
    again = written(tmp_path / "a.log", *banner, *one, request_line("later"))
    meter(again, sink)
    total = ledger_totals(sink)
    assert (logs(sink), total.counted + total.other_kind) == (2, len(one) + len(other) + 1)
    assert total.dead_letters == 2 * len(banner)


@pytest.mark.parametrize(
    "seen_first", [BANNER[:1], BANNER, [*BANNER, A[0][:40]]], ids=["a line", "two", "half an event"]
)
def test_a_file_that_had_no_event_yet_stays_the_same_log(
    tmp_path: Path, sink: MemorySink, seen_first: list[bytes]
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(text_of(seen_first) if seen_first[-1] in BANNER else b"\n".join(seen_first))
    meter(path, sink)
    for grown in (A[:1], A):
        assert meter(written(path, *BANNER, *grown), sink) == ledger_totals(sink)
    assert (logs(sink), ledger_totals(sink)) == (1, counts(5, counted=3, dead_letters=2))
    meter(written(tmp_path / "b.log", *BANNER, *B), sink)
    assert (logs(sink), ledger_totals(sink).counted) == (2, 7)


def test_the_log_that_was_counted_is_read_again(tmp_path: Path, sink: MemorySink) -> None:
    path = written(tmp_path / "a.log", *BANNER)
    meter(path, sink)
    written(path, *BANNER, *A)
    reader = FileLogReader(path, "kong-log", stored_epochs=sink.stored_epochs)
    assert reader.log.identity == sink.rows(EPOCH_LEDGER)[0]["log"]
    assert open_file_log(path) != reader.log


def test_a_rotated_and_packed_file_is_the_same_log(tmp_path: Path, sink: MemorySink) -> None:
    meter(written(tmp_path / "access.log", *BANNER, *A[:2]), sink)
    rotated = tmp_path / "access.log.1.gz"
    rotated.write_bytes(gzip.compress(text_of([*BANNER, *A])))
    meter(rotated, sink)
    meter(written(tmp_path / "access.log", *BANNER, *B), sink)
    assert (logs(sink), ledger_totals(sink).counted) == (2, 7)


def test_a_log_that_was_truncated_under_its_writer_is_another(tmp_path: Path, sink: MemorySink) -> None:
    path = written(tmp_path / "access.log", *A)
    meter(path, sink)
    path.write_bytes(b"\x00" * path.stat().st_size + text_of(B[:3]))
    for _ in range(2):
        assert meter(path, sink).counted == 3
    assert (logs(sink), ledger_totals(sink).counted, ledger_totals(sink).dead_letters) == (2, 6, 0)


@pytest.mark.parametrize("banner", [[], BANNER])
def test_a_file_with_a_known_first_event_must_go_on_alike(
    tmp_path: Path, sink: MemorySink, banner: list[bytes]
) -> None:
    path = written(tmp_path / "a.log", *banner, *A)
    meter(path, sink)
    before = sink.rows(EPOCH_LEDGER)
    with pytest.raises(LogChangedError, match="differs from it"):
        meter(written(path, *banner, A[0], *B), sink)
    with pytest.raises(LogChangedError, match="is shorter"):
        meter(written(path, *banner, A[0]), sink)
    assert sink.rows(EPOCH_LEDGER) == before


def test_the_first_event_may_still_be_written(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(text_of(BANNER) + A[0])
    whole = open_file_log(path)
    path.write_bytes(text_of([*BANNER, *A]))
    assert open_file_log(path) == whole
    path.write_bytes(text_of(BANNER) + A[0][:-5])
    assert open_file_log(path) != whole
