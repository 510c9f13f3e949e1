"""Files that are there whole or not at all."""

import os
from pathlib import Path

import pytest

from gatemeter.whole_file import PRIVATE, whole_file


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def write(path: Path, content: bytes, **how: object) -> None:
    with whole_file(path, **how) as file:  # type: ignore[arg-type]
        file.write(content)


def test_an_error_leaves_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write(path, b"old")
    with pytest.raises(TypeError), whole_file(path) as file:
        file.write(b"half" + None)  # type: ignore[operator]
    assert (path.read_bytes(), names_in(tmp_path)) == (b"old", ["file"])


@pytest.mark.parametrize(("mode", "expected"), [(PRIVATE, 0o600), (None, 0o640)])
def test_a_file_has_its_rights_and_secrets_never_others(tmp_path: Path, mode: int | None, expected: int) -> None:
    before = os.umask(0o027)
    try:
        with whole_file(tmp_path / "file", mode=mode) as file:
            assert os.fstat(file.fileno()).st_mode & 0o777 == 0o600
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == expected


def test_a_file_that_is_there_stays_where_it_is_not_to_be_replaced(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        write(tmp_path / "key", content, replaces=False)
    assert ((tmp_path / "key").read_bytes(), names_in(tmp_path)) == (b"first", ["key"])


def test_a_left_draft_of_a_given_name_is_written_anew(tmp_path: Path) -> None:
    draft = tmp_path / "checkpoint.new"
    draft.write_bytes(b"torn, and longer than what follows")
    write(tmp_path / "checkpoint", b"whole", draft=draft)
    assert ((tmp_path / "checkpoint").read_bytes(), names_in(tmp_path)) == (b"whole", ["checkpoint"])


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write(tmp_path / "link", b"x")
    assert ((tmp_path / "file").read_bytes(), (tmp_path / "link").is_symlink()) == (b"x", True)
