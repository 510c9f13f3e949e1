"""Files are shipped while they are written, each line once, whatever rotation does to them."""

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatemeter.clock import ManualClock
from gatemeter.errors import ConflictError, KafkaUnavailable
from gatemeter.logfiles.lines import LineBatch, read_line_batches
from gatemeter.shipping import follower
from gatemeter.shipping.checkpoint import Checkpoint
from gatemeter.shipping.follower import Follower
from gatemeter.shipping.shipper import MessageCounts, Shipper
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.producer import MemoryProducer
from gatemeter.wire.source_positions import POSITIONS_HEADER, decode_positions

QUIET_S = 60.0


class Following:
    """A follower of `patterns`, which may be killed and started again."""

    def __init__(self, directory: Path, *patterns: str) -> None:
        self.directory = directory
        self.clock = ManualClock(datetime(2026, 2, 1, tzinfo=UTC))
        self.producer = MemoryProducer("access-log", 2)
        self._patterns = [str(directory / pattern) for pattern in patterns]
        self.follower: Follower | None = None
        self.restart()

    def restart(self) -> None:
        """What was not settled is forgotten, as after a kill."""
        self.close()
        shipper = Shipper(
            self.producer,
            count_events=lambda _format, value: MessageCounts(value.count(b"\n") + 1, 0),
            limits=FrameLimits(max_events=3),
            clock=self.clock,
            log_format="without-ids",
            sends_positions=True,
        )
        checkpoint = Checkpoint(self.directory / "ship.json")
        self.follower = Follower(self._patterns, shipper, checkpoint, clock=self.clock, quiet_s=QUIET_S)

    def close(self) -> None:
        if self.follower is not None:
            self.follower.close()

    def go(self, *, settles: bool = True) -> None:
        assert self.follower is not None
        while self.follower.step():
            pass
        if settles:
            self.follower.settle()

    def sent(self) -> list[str]:
        """All lines that were sent, copies too, in the order of their text."""
        return sorted(line for line, _ in self._positioned())

    def counted(self) -> list[str]:
        """The lines that a worker would count: of each position and text the first."""
        return sorted(line for line, _ in set(self._positioned()))

    def _positioned(self) -> Iterator[tuple[str, str]]:
        for messages in self.producer.stored:
            for message in messages:
                positions = decode_positions(dict(message.headers)[POSITIONS_HEADER].decode())
                lines = message.value.decode().split("\n")
                assert len(positions) == len(lines)
                yield from zip(lines, map(str, positions), strict=True)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "access.log"
    path.parent.mkdir()
    return path


@pytest.fixture
def following(log: Path) -> Iterator[Following]:
    following = Following(log.parent, "access.log")
    yield following
    following.close()


def append(path: Path, *lines: str, end: str = "\n") -> None:
    with path.open("a") as file:
        file.write("\n".join(lines) + end)


def test_lines_are_shipped_as_they_are_written(log: Path, following: Following) -> None:
    following.go()
    append(log, "a", "b")
    following.go()
    append(log, "", "c", "d", end="")
    following.go()
    assert following.sent() == ["a", "b", "c"]
    append(log, "d2")
    following.go()
    assert following.sent() == ["a", "b", "c", "dd2"]


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
    assert [position.lines for position in Checkpoint(log.parent / "ship.json").load().values()] == [4]


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


def test_older_rotated_files_that_nobody_named_are_let_be(log: Path, following: Following) -> None:
    append(log.with_name("access.log.1"), "old")
    append(log, "a")
    following.go()
    following.go()
    assert following.sent() == ["a"]


def test_after_a_kill_only_known_lines_are_sent_again(log: Path, following: Following) -> None:
    append(log, "a", "b")
    following.go()
    append(log, "c", "d")
    following.go(settles=False)
    following.restart()
    append(log, "e")
    following.go()
    assert following.counted() == ["a", "b", "c", "d", "e"]
    assert following.sent().count("a") == 1


def test_a_broker_that_failed_moves_no_checkpoint(log: Path, following: Following) -> None:
    append(log, "a")
    following.go()
    append(log, "b")
    following.go(settles=False)
    following.producer.fail(0, "gone")
    with pytest.raises(KafkaUnavailable):
        following.go()
    following.producer = MemoryProducer("access-log", 2)
    following.restart()
    following.go()
    assert following.sent() == ["b"]


def test_equal_lines_are_lines_each(log: Path, following: Following) -> None:
    append(log, "a", "a")
    following.go()
    append(log, "a")
    following.go()
    assert following.counted() == ["a", "a", "a"]


def test_directories_and_globs_are_looked_through_anew(tmp_path: Path, log: Path) -> None:
    following = Following(log.parent, ".", "sites/*/access.log")
    append(log, "a")
    following.go()
    site = log.parent / "sites" / "one" / "access.log"
    site.parent.mkdir(parents=True)
    append(site, "b")
    append(log.parent / "other.log", "c")
    following.go()
    following.close()
    assert following.sent() == ["a", "b", "c"]


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


def test_a_file_that_may_not_be_read_is_tried_again(
    log: Path, following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, "a")
    open_file = Path.open

    def refused(self: Path, *arguments: str, **options: int) -> object:
        if self == log:
            raise PermissionError(13, "Permission denied")
        return open_file(self, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refused)
    following.go()
    monkeypatch.undo()
    following.go()
    assert following.sent() == ["a"]


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda text: text[:-3], lambda _: b"[1]", lambda _: json.dumps({"files": 1}).encode()]
)
def test_a_damaged_checkpoint_is_refused(log: Path, following: Following, damage: Callable[[bytes], bytes]) -> None:
    append(log, "a")
    following.go()
    path = log.parent / "ship.json"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ConflictError, match="is not a checkpoint"):
        following.restart()
