"""Rotation by renaming, copying, truncating, compressing or deleting loses no line and sends none twice."""

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatemeter.logfiles.lines import LineBatch, read_line_batches
from gatemeter.shipping import follower
from gatemeter.shipping.checkpoint import Checkpoint
from tests.support.following import QUIET_S, Following, append


def test_what_is_written_to_a_renamed_file_is_shipped_too(log: Path, following: Following) -> None:
    append(log, "a")
    following.go()
    old = log.rename(log.with_name("access.log.1"))
    append(old, "b")
    append(log, "c")
    following.go()
    append(old, "d")
    following.go()
    assert following.sent() == ["a", "b", "c", "d"]


def test_the_unfinished_line_of_a_rotated_file_is_shipped_once_it_is_quiet(log: Path, following: Following) -> None:
    append(log, "a", "cut", end="")
    following.go()
    log.rename(log.with_name("access.log.1"))
    following.go()
    assert following.sent() == ["a"]
    following.clock.advance(QUIET_S)
    following.go()
    following.go()
    assert following.sent() == ["a", "cut"]


def test_the_unfinished_line_of_a_deleted_file_is_shipped_once_it_is_quiet(log: Path, following: Following) -> None:
    append(log, "a", "cut", end="")
    following.go()
    log.unlink()
    following.go()
    assert following.sent() == ["a"]
    following.clock.advance(QUIET_S)
    following.go()
    assert following.sent() == ["a", "cut"]


def test_a_compressed_file_is_read_once(log: Path, following: Following, monkeypatch: pytest.MonkeyPatch) -> None:
    append(log, "a")
    following.go()
    log.with_name("access.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    read: list[Path] = []

    def noting(path: Path) -> Iterator[LineBatch]:
        read.append(path)
        return read_line_batches(path)

    monkeypatch.setattr(follower, "read_line_batches", noting)
    following.go()
    following.go()
    assert read == [log.with_name("access.log.1.gz")]


def test_a_deleted_file_is_read_to_its_end(log: Path, following: Following) -> None:
    append(log, "a")
    following.go(settles=False)
    with log.open("a") as still_open:
        log.unlink()
        still_open.write("b\n")
    following.go()
    assert following.sent() == ["a", "b"]


def test_a_truncated_file_is_read_from_its_beginning(log: Path, following: Following) -> None:
    append(log, "a", "b")
    following.go()
    shutil.copy(log, log.with_name("access.log.1"))
    log.write_text("c\n")
    following.go()
    following.clock.advance(QUIET_S)
    following.go()
    assert following.sent() == ["a", "b", "c"]


def test_a_truncated_file_that_is_longer_by_now_is_seen(log: Path, following: Following) -> None:
    append(log, "a", "b")
    following.go()
    log.write_text("c\nd\ne\nf\n")
    following.go()
    assert following.sent() == ["a", "b", "c", "d", "e", "f"]


def test_a_shorter_file_that_begins_alike_is_read_from_its_beginning(log: Path, following: Following) -> None:
    append(log, "a" * 600, "b", "c")
    following.go()
    log.write_text("a" * 600 + "\nd\n")
    following.go()
    assert following.counted() == ["a" * 600, "b", "c", "d"]


def test_a_copy_moves_no_checkpoint_back(log: Path, following: Following) -> None:
    append(log, "a", "b")
    following.go()
    append(log, "late")
    shutil.copy(log, log.with_name("access.log.1"))
    append(log, "more")
    following.go()
    assert [position.lines for position in Checkpoint(log.parent / "ship.json").load()] == [4]


def test_a_copy_that_is_being_made_waits(log: Path, following: Following) -> None:
    append(log, "a", "b")
    following.go()
    append(log.with_name("access.log.1"), "a")
    following.go()
    assert following.sent() == ["a", "b"]


def test_lines_between_the_last_look_and_the_copy_are_in_the_copy(log: Path, following: Following) -> None:
    append(log, "a", "b")
    following.go()
    append(log, "late")
    shutil.copy(log, log.with_name("access.log.1"))
    log.write_text("c\n")
    following.go()
    assert following.counted() == ["a", "b", "c", "late"]


@pytest.mark.parametrize("compress", [True, False])
def test_rotation_while_nobody_follows_loses_no_line(log: Path, following: Following, *, compress: bool) -> None:
    append(log, "a")
    following.go()
    append(log, "b")
    if compress:
        log.with_name("access.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
        log.unlink()
    else:
        log.rename(log.with_name("access.log.1"))
    append(log, "c")
    following.restart()
    following.go()
    following.go()
    assert following.sent() == ["a", "b", "c"]


@pytest.mark.parametrize("added", ["", "-size"])
def test_a_time_before_the_extension_is_of_rotation(log: Path, following: Following, added: str) -> None:
    append(log, "a")
    following.go()
    append(log, "b")
    log.rename(log.with_name(f"access-2026-11-28T07-30-00.123{added}.log"))
    append(log, "c")
    following.restart()
    following.go()
    assert following.sent() == ["a", "b", "c"]


def test_a_compressed_file_that_is_still_written_is_read_later(log: Path, following: Following) -> None:
    append(log, "a")
    following.go()
    append(log, "b")
    packed = gzip.compress(log.read_bytes())
    log.unlink()
    copy = log.with_name("access.log.1.gz")
    copy.write_bytes(packed[:-6])
    following.restart()
    following.go()
    copy.write_bytes(packed)
    following.go()
    assert following.counted() == ["a", "b"]


def test_a_file_beside_its_compressed_copy_keeps_its_positions(log: Path, following: Following) -> None:
    append(log, "a")
    following.go()
    append(log, "b")
    old = log.rename(log.with_name("access.log.1"))
    copy = log.with_name("access.log.1.gz")
    copy.write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()
    following.restart()
    following.go()
    copy.rename(copy.with_name("moved"))
    append(old, "a", "b", "c")
    following.restart()
    following.go()
    assert following.counted() == ["a", "b", "c"]


def test_lines_counted_in_a_compressed_file_are_not_skipped_bytes(log: Path) -> None:
    following = Following(log.parent, "access.log*")
    log.with_name("access.log.1.gz").write_bytes(gzip.compress(b"a\nb\n"))
    following.go()
    following.restart()
    append(log.with_name("access.log.1"), "a", "b", "c")
    following.go()
    following.close()
    assert following.counted() == ["a", "b", "c"]


def test_a_link_is_followed_through_the_rotation_of_its_file(tmp_path: Path, log: Path) -> None:
    link = tmp_path / "containers" / "pod.log"
    link.parent.mkdir()
    link.symlink_to(log)
    following = Following(log.parent, str(link))
    append(log, "a")
    following.go()
    append(log, "b")
    log.rename(log.with_name("access.log.20261128-101500"))
    append(log, "c")
    following.restart()
    following.go()
    following.close()
    assert following.sent() == ["a", "b", "c"]


def test_a_file_that_rotation_put_elsewhere_meanwhile_is_missed(
    log: Path, following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    append(log, "a")
    following.go()
    append(log, "lost")
    (log.parent / "old").mkdir()
    log.rename(log.parent / "old" / "access.log.1")
    append(log, "b")
    following.restart()
    following.go()
    assert caplog.messages == []
    following.clock.advance(QUIET_S)
    following.go()
    following.go()
    [message] = caplog.messages
    assert f"not found again, neither there nor rotated beside it: {log} behind line 1" in message


@pytest.mark.parametrize("name", ["access.log", "access.log.1", "access.log.1.gz"])
def test_a_file_that_is_found_again_is_not_missed(
    log: Path, following: Following, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    append(log, "a")
    following.go()
    content = log.read_bytes()
    log.rename(log.with_name(name.removesuffix(".gz")))
    if name.endswith(".gz"):
        log.with_name(name).write_bytes(gzip.compress(content))
        log.with_name(name.removesuffix(".gz")).unlink()
    following.restart()
    following.go()
    following.clock.advance(QUIET_S)
    following.go()
    assert caplog.messages == []
