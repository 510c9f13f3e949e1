"""Files that begin with the same line are followed each by itself, however they come to lie where another lay."""

import gzip
import shutil
from pathlib import Path

import pytest

from tests.support.following import QUIET_S, Following, append

BANNER = '2026/02/03 10:00:00 [notice] 1#0: using the "epoll" event method'
LONG_BANNER = f"{BANNER} {'-' * 600}"
"""Longer than what a fingerprint keeps of a beginning."""


@pytest.fixture(params=[BANNER, LONG_BANNER], ids=["short", "long"])
def banner(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


def rotate(log: Path) -> Path:
    return log.rename(log.with_name("access.log.1"))


def go_until_quiet(following: Following) -> None:
    """A file that may still turn out to be a copy is held back until it has not grown for a while."""
    following.go()
    following.clock.advance(QUIET_S)
    following.go()


@pytest.mark.parametrize("restarts", [False, True])
def test_new_file_that_is_shorter_is_read_from_its_beginning(
    log: Path, following: Following, banner: str, *, restarts: bool
) -> None:
    append(log, banner, "a", "b", "c")
    following.go()
    rotate(log)
    append(log, banner, "d")
    if restarts:
        following.restart()
    go_until_quiet(following)
    assert following.counted() == sorted([banner, "a", "b", "c", "d"])


@pytest.mark.parametrize("restarts", [False, True])
def test_new_file_that_is_longer_by_now_is_read_from_its_beginning(
    log: Path, following: Following, banner: str, *, restarts: bool
) -> None:
    append(log, banner, "a")
    following.go()
    rotate(log)
    append(log, banner, "b", "c", "d")
    if restarts:
        following.restart()
    following.go()
    assert following.counted() == sorted([banner, "a", "b", "c", "d"])


@pytest.mark.parametrize("restarts", [False, True])
def test_truncated_file_that_grew_beyond_its_old_end_is_seen(
    log: Path, following: Following, banner: str, *, restarts: bool
) -> None:
    append(log, banner, "a", "b")
    following.go()
    shutil.copy(log, log.with_name("access.log.1"))
    log.write_text(f"{banner}\nc\nd\ne\nf\n")
    if restarts:
        following.restart()
    go_until_quiet(following)
    assert following.counted() == sorted([banner, "a", "b", "c", "d", "e", "f"])


def test_truncated_file_that_is_shorter_after_a_restart_is_seen_at_once(
    log: Path, following: Following, banner: str
) -> None:
    append(log, banner, "a", "b", "c")
    following.go()
    log.write_text(f"{banner}\nd\n")
    following.restart()
    following.go()
    assert following.counted() == sorted([banner, "a", "b", "c", "d"])


def test_truncated_file_goes_on_where_it_was_after_a_restart(log: Path, following: Following, banner: str) -> None:
    append(log, banner, "a", "b", "c")
    following.go()
    log.write_text(f"{banner}\nd\n")
    following.go()
    append(log, "e")
    following.restart()
    following.go()
    assert following.sent().count("d") == 1
    assert following.counted() == sorted([banner, "a", "b", "c", "d", "e"])


def test_new_file_that_is_rotated_before_it_can_be_told_is_not_lost(
    log: Path, following: Following, banner: str
) -> None:
    append(log, banner, "a", "b", "c")
    following.go()
    log.rename(log.with_name("access.log.2"))
    append(log, banner)
    following.go()
    append(log, "d")
    rotate(log)
    go_until_quiet(following)
    assert "d" in following.counted()


def test_compressed_copy_of_another_file_is_not_the_one_that_was_shipped(log: Path, banner: str) -> None:
    following = Following(log.parent, "access.log*")
    append(log, banner, "a", "b")
    following.go()
    log.with_name("access.log.1.gz").write_bytes(gzip.compress(f"{banner}\nc\nd\ne\n".encode()))
    log.with_name("access.log.2.gz").write_bytes(gzip.compress(log.read_bytes() + b"late\n"))
    log.unlink()
    following.restart()
    following.go()
    following.close()
    assert following.counted() == sorted([banner, "a", "b", "c", "d", "e", "late"])
    assert following.sent().count("a") == 1


def test_three_files_that_begin_alike_are_each_known_again(log: Path, following: Following, banner: str) -> None:
    for number, lines in enumerate((["a"] * 9, ["b"] * 5, ["c"] * 7)):
        append(log, banner, *lines)
        go_until_quiet(following)
        if number < 2:
            log.rename(log.with_name(f"access.log.{number + 1}"))
    append(log.with_name("access.log.2"), "late")
    following.restart()
    following.go()
    sent = following.sent()
    assert [sent.count(line) for line in ("a", "b", "c", "late")] == [9, 5, 7, 1]


def test_checkpoint_holds_nothing_of_the_log(log: Path, following: Following) -> None:
    append(log, "GET /orders?token=s3cret")
    following.go()
    text = (log.parent / "ship.json").read_text()
    assert "fingerprint" in text
    assert "s3cret" not in text
    assert "orders" not in text.replace(str(log), "")
