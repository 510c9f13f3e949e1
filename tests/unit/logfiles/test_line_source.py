"""A file keeps its name through rotation and compression, and shares it with no other file."""

import gzip
from pathlib import Path

import pytest

from gatemeter.logfiles.blocks import STDIN
from gatemeter.logfiles.line_source import line_source

FIRST = b'10.1.2.3 - - [28/Nov/2026:05:00:00 +0000] "GET /health HTTP/1.1" 200 2\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_bytes(FIRST)
    return path


@pytest.mark.parametrize("name", ["access.log.1", "access.log-20261128", "access.log.2.old", "access.log.1-2"])
def test_rotation_keeps_the_name(path: Path, name: str) -> None:
    before = line_source(path)
    assert line_source(path.rename(path.with_name(name))) == before


def test_compression_and_growth_keep_the_name(path: Path) -> None:
    before = line_source(path)
    packed = path.with_name("access.log.3.gz")
    packed.write_bytes(gzip.compress(FIRST * 5))
    assert line_source(packed) == before


@pytest.mark.parametrize("name", ["other.log", "site/access.log"])
def test_an_equal_beginning_elsewhere_is_another_file(path: Path, name: str) -> None:
    other = path.parent / name
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(FIRST)
    assert line_source(other) != line_source(path)


def test_a_new_file_under_an_old_name_is_another_one(path: Path) -> None:
    before = line_source(path)
    path.write_bytes(FIRST.replace(b"05:00:00", b"06:00:00"))
    assert line_source(path) != before


def test_equal_files_of_two_hosts_are_two(path: Path) -> None:
    assert line_source(path, "web-1") == line_source(path, "web-1")
    assert line_source(path, "web-2") != line_source(path, "web-1")


def test_a_link_is_the_file_that_it_leads_to(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(path)
    assert line_source(link) == line_source(path)


def test_a_stream_is_another_one_each_time() -> None:
    assert line_source(STDIN) != line_source(STDIN)
