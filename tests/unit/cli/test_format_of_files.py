"""Files that are followed are in one format, which is known before anything is sent."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gatemeter.cli.options.file_format import AUTO, format_of_files
from gatemeter.errors import InputError
from tests.support.kong_events import request_line

COMBINED = b'10.0.0.1 - - [03/Feb/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"\n'


@pytest.fixture(autouse=True)
def in_a_command() -> Iterator[None]:
    with click.Context(click.Command("ship")):
        yield


def file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_the_first_lines_say_which(tmp_path: Path) -> None:
    paths = [file(tmp_path / "a.log", COMBINED), file(tmp_path / "b.log", b""), file(tmp_path / "c.log", COMBINED)]
    assert format_of_files(paths, AUTO) == "nginx-combined"


def test_of_files_without_lines_nobody_knows(tmp_path: Path) -> None:
    empty = file(tmp_path / "a.log", b"")
    with pytest.raises(InputError, match="name it"):
        format_of_files([empty], AUTO)
    assert format_of_files([empty], "envoy") == "envoy"


def test_files_in_two_formats_are_shipped_apart(tmp_path: Path) -> None:
    paths = [file(tmp_path / "a.log", COMBINED), file(tmp_path / "b.log", request_line("a") + b"\n")]
    with pytest.raises(InputError, match="several formats"):
        format_of_files(paths, AUTO)
