"""What began and was rotated while nobody followed is shipped; what was rotated before anybody did is left alone."""

import gzip
import os
import shutil
from pathlib import Path

import pytest

from tests.support.following import QUIET_S, Following, append


def set_written(path: Path, following: Following, *, s_from_now: float) -> None:
    at = following.clock.now().timestamp() + s_from_now
    os.utime(path, (at, at))


def compress(path: Path) -> Path:
    """As gzip does: the compressed file keeps the time of its content."""
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    shutil.copystat(path, packed)
    path.unlink()
    return packed


def rotate_twice(log: Path, *, last: str) -> None:
    """One file that begins and is rotated, and one that stays."""
    compress(log.rename(log.with_name("access.log.2")))
    append(log, "unseen", "unseen too")
    log.rename(log.with_name("access.log.1"))
    append(log, last)


def test_file_that_began_and_was_rotated_unseen_is_shipped(log: Path, following: Following) -> None:
    append(log, "a")
    following.go()
    append(log, "b")
    rotate_twice(log, last="c")
    following.restart()
    following.go()
    compress(log.with_name("access.log.1"))
    following.restart()
    following.go()
    assert following.sent() == ["a", "b", "c", "unseen", "unseen too"]


def test_compressed_file_that_nobody_saw_is_shipped_once(log: Path, following: Following) -> None:
    append(log, "a")
    following.go()
    rotate_twice(log, last="c")
    packed = compress(log.with_name("access.log.1"))
    following.restart()
    following.go()
    packed.rename(log.with_name("access.log.2.gz"))
    following.restart()
    following.go()
    assert following.sent() == ["a", "c", "unseen", "unseen too"]


def test_copies_of_a_log_truncated_twice_unseen_are_shipped(log: Path, following: Following) -> None:
    append(log, "a", "b")
    following.go()
    for number, lines in ((3, ["late"]), (2, ["unseen"])):
        append(log, *lines)
        shutil.copy(log, log.with_name(f"access.log.{number}"))
        log.write_bytes(b"")
    append(log, "c")
    following.restart()
    following.go()
    assert following.sent() == ["a", "b", "c", "late", "unseen"]


@pytest.mark.parametrize("is_there", [True, False])
def test_log_without_a_line_is_followed_from_then_on(log: Path, following: Following, *, is_there: bool) -> None:
    if is_there:
        log.touch()
    following.go()
    append(log, "unseen")
    log.rename(log.with_name("access.log-20260228"))
    append(log, "a")
    following.restart()
    following.go()
    assert following.sent() == ["a", "unseen"]


@pytest.mark.parametrize("pattern", ["*.log", "**/*.log", "sub.log"])
def test_new_log_of_a_pattern_rotated_unseen_is_shipped(log: Path, pattern: str) -> None:
    following = Following(log.parent, pattern)
    following.go()
    append(log.with_name("sub.log.1"), "unseen")
    following.restart()
    following.go()
    following.close()
    assert following.sent() == ["unseen"]


def test_rotation_behind_a_link_is_shipped_though_unseen(tmp_path: Path, log: Path) -> None:
    link = tmp_path / "containers" / "pod.log"
    link.parent.mkdir()
    link.symlink_to(log)
    log.touch()
    following = Following(log.parent, str(link))
    following.go()
    append(log.with_name("access.log.20261128-101500"), "unseen")
    following.restart()
    following.go()
    following.close()
    assert following.sent() == ["unseen"]


@pytest.fixture
def older(log: Path, following: Following) -> list[Path]:
    """Files that were rotated before anybody followed the log, which has one line."""
    older = [log.with_name("access.log.1"), log.with_name("access.log.2"), log.with_name("access.log-20260101")]
    for path in older:
        append(path, f"in {path.name}")
        set_written(path, following, s_from_now=-1)
    older[1] = compress(older[1])
    append(log, "a")
    return older


def test_older_rotated_files_stay_left_alone(log: Path, following: Following, older: list[Path]) -> None:
    following.go()
    compress(older[0])
    append(log, "b")
    following.restart()
    following.go()
    assert following.sent() == ["a", "b"]


def test_older_rotated_files_are_named_once(
    following: Following, older: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    following.go()
    following.clock.advance(1)
    following.restart()
    following.go()
    [message] = caplog.messages
    assert message.startswith("left alone, for rotated before they were followed: ")
    assert all(str(path) in message for path in older)


def test_older_rotated_file_that_is_still_written_is_shipped(
    log: Path, following: Following, older: list[Path]
) -> None:
    following.go()
    append(older[0], "late")
    set_written(older[0], following, s_from_now=1)
    following.go()
    assert following.sent() == ["a", "in access.log.1", "late"]


def test_other_log_with_a_number_is_not_taken_for_a_rotated_one(log: Path) -> None:
    following = Following(log.parent, "node-1")
    append(log.with_name("node-1"), "a")
    following.go()
    append(log.with_name("node-2"), "of another")
    following.restart()
    following.go()
    following.close()
    assert following.sent() == ["a"]


def test_copy_whose_first_line_is_not_whole_yet_waits(log: Path, following: Following) -> None:
    append(log, "first", "b")
    following.go()
    copy = log.with_name("access.log.1")
    copy.write_text("fir")
    following.go()
    copy.write_text("first\nb\n")
    following.go()
    following.clock.advance(QUIET_S)
    following.go()
    assert following.sent() == ["b", "first"]


def test_only_line_of_an_unseen_file_is_shipped_unfinished(log: Path, following: Following) -> None:
    following.go()
    append(log.with_name("access.log.1"), "cut", end="")
    for _ in range(3):
        following.go()
        following.clock.advance(QUIET_S)
    assert following.sent() == ["cut"]
