"""Files are shipped while they are written, each line once, also after a kill."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gatemeter.errors import ConflictError, KafkaUnavailable
from gatemeter.wire.producer import MemoryProducer
from tests.support.following import Following, append


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
