"""Files are found as patterns say, and directories are listed again only after they have changed."""

import os
import time
from pathlib import Path

import pytest

from gatemeter.clock import SystemClock
from gatemeter.shipping.log_paths import LogPaths, matching

NAMES = ("a.log", "b.log", "b.txt", ".hidden.log", "sub/c.log", "sub/deep/d.log", "[x]/e.log", "[x].log")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
    return tmp_path.resolve()


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The directories that were listed, in order."""
    found: list[str] = []
    listdir = os.listdir

    def noting(path: str) -> list[str]:
        found.append(path)
        return listdir(path)

    monkeypatch.setattr(os, "listdir", noting)
    return found


def long_ago(*directories: Path) -> None:
    for directory in directories:
        os.utime(directory, (time.time() - 60, time.time() - 60))


@pytest.mark.parametrize(
    "pattern", ["*.log", "*", "b.*", "[ab].log", "?.log", "*/*.log", "**/*.log", "sub/**/*.log", "s*/deep/d.log", "no*"]
)
def test_patterns_find_what_pathlib_finds(root: Path, pattern: str) -> None:
    expected = sorted(path for path in root.glob(pattern) if path.is_file())
    assert sorted(matching([str(root / pattern)])) == expected


def test_names_of_files_and_directories_are_taken_as_they_are(root: Path) -> None:
    assert matching([str(root / "[x].log"), str(root / "[x]")]) == [root / "[x].log", root / "[x]" / "e.log"]


def test_directory_that_stays_as_it_is_is_listed_once(root: Path, listed: list[str]) -> None:
    long_ago(root, root / "sub")
    paths = LogPaths([str(root / "sub" / "*.log")], SystemClock())
    for _ in range(3):
        assert list(paths.find().matching) == [root / "sub" / "c.log"]
        assert list(paths.beside({root / "sub": {"c.log"}})) == [root / "sub" / "c.log"]
    assert listed == [str(root / "sub")]


def test_new_and_renamed_files_are_found_at_the_next_look(root: Path) -> None:
    long_ago(root / "sub")
    paths = LogPaths([str(root / "sub" / "*.log")], SystemClock())
    paths.find()
    (root / "sub" / "c.log").rename(root / "sub" / "c.log.1")
    (root / "sub" / "c.log").write_text("y\n")
    assert list(paths.find().matching) == [root / "sub" / "c.log"]
    assert list(paths.beside({root / "sub": {"c.log"}})) == [root / "sub" / "c.log", root / "sub" / "c.log.1"]


def test_directory_that_has_just_changed_is_not_trusted(root: Path, listed: list[str]) -> None:
    """A second change within the same time stamp would not be seen."""
    paths = LogPaths([str(root / "sub")], SystemClock())
    paths.find()
    stamp = (root / "sub").stat()
    (root / "sub" / "new.log").write_text("z\n")
    os.utime(root / "sub", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert root / "sub" / "new.log" in paths.find().matching
    assert len(listed) == 2


def test_directory_that_is_gone_has_no_files(root: Path) -> None:
    paths = LogPaths([str(root / "sub" / "deep" / "*")], SystemClock())
    assert len(paths.find().matching) == 1
    (root / "sub" / "deep" / "d.log").unlink()
    (root / "sub" / "deep").rmdir()
    assert len(paths.find().matching) == 0


def test_links_lead_to_where_the_file_lies(root: Path) -> None:
    (root / "links").mkdir()
    (root / "links" / "pod.log").symlink_to(root / "a.log")
    (root / "links" / "gone.log").symlink_to(root / "nowhere.log")
    assert matching([str(root / "links" / "*.log"), str(root / "a.log")]) == [root / "a.log"]
