"""A directory as a destination: whole or not there, never overwritten, and the same when it is exported twice."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from gatemeter.errors import ConflictError, DeliveryError
from gatemeter.exports.destinations.directory import DirectoryDestination
from tests.support.exports import bill_line, exported_to
from tests.support.repository import ROOT
from tests.support.smoke import smoke

NAMES = {"lines.jsonl", "usage.jsonl", "manifest.json"}


@pytest.fixture
def to(tmp_path: Path) -> DirectoryDestination:
    return DirectoryDestination(tmp_path / "out")


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_manifest_says_what_the_files_hold(to: DirectoryDestination, tmp_path: Path) -> None:
    unknown = bill_line(charge="models", quantity=None, amount=None, amount_exact=None, missing=3)
    of_japan = bill_line(account="japan", quantity=None, amount=None, amount_exact=None, missing=3, currency="JPY")
    exported_to(to, bill_line(), unknown, of_japan, bill_line(account="usa", amount="7", currency="USD"))
    found = contents(tmp_path / "out")
    manifest = msgspec.json.decode(found["manifest.json"])
    assert found.keys() == NAMES
    assert [each["name"] for each in manifest["files"]] == ["lines.jsonl", "usage.jsonl"]
    for each in manifest["files"]:
        content = found[each["name"]]
        facts = len(content), len(content.splitlines()), sha256(content).hexdigest()
        assert (each["size_bytes"], each["rows"], each["sha256"]) == facts
    assert manifest["totals"] == [
        {"currency": "EUR", "amount": "0.01", "lines": 2, "unknown_amounts": 1},
        {"currency": "JPY", "amount": None, "lines": 1, "unknown_amounts": 1},
        {"currency": "USD", "amount": "7", "lines": 1, "unknown_amounts": 0},
    ]
    assert (manifest["is_closed"], manifest["statement"]) == (False, None)


def test_a_second_export_changes_nothing(to: DirectoryDestination, tmp_path: Path) -> None:
    assert exported_to(to).sent == 3
    first = contents(tmp_path / "out")
    assert exported_to(to).sent == 0
    assert contents(tmp_path / "out") == first


@pytest.mark.parametrize(
    ("form", "period", "said"),
    [
        ("jsonl", "2026-03", "another export stands there: jsonl, 2026-02 by day .*, and not jsonl, 2026-03 by day"),
        ("csv", "2026-02", "another export stands there: jsonl, 2026-02 by day"),
    ],
)
def test_another_export_is_not_overwritten(
    to: DirectoryDestination, tmp_path: Path, form: str, period: str, said: str
) -> None:
    exported_to(to)
    first = contents(tmp_path / "out")
    with pytest.raises(ConflictError, match=said):
        exported_to(to, form=form, period=period)
    assert contents(tmp_path / "out") == first


def test_numbers_that_have_changed_are_not_mixed_in(to: DirectoryDestination, tmp_path: Path) -> None:
    exported_to(to)
    first = contents(tmp_path / "out")
    with pytest.raises(ConflictError, match="numbers have changed since; name an empty place for the new one"):
        exported_to(to, bill_line(quantity=6))
    assert contents(tmp_path / "out") == first


@pytest.mark.parametrize(
    ("name", "said"), [("notes.txt", "not of this export: notes.txt"), ("usage.jsonl", "another file is there")]
)
def test_a_directory_with_something_else_is_refused(
    to: DirectoryDestination, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_bytes(b"mine")
    with pytest.raises(ConflictError, match=said):
        exported_to(to)
    assert (tmp_path / "out" / name).read_bytes() == b"mine"
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_file_that_was_edited_is_found(to: DirectoryDestination, tmp_path: Path) -> None:
    exported_to(to)
    (tmp_path / "out" / "usage.jsonl").write_bytes(b"")
    with pytest.raises(ConflictError, match=r"usage.jsonl: another file is there, and is not overwritten"):
        exported_to(to)


def test_a_manifest_of_something_else_is_refused(to: DirectoryDestination, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_bytes(b'{"name": "an app"}')
    with pytest.raises(ConflictError, match=r"its manifest.json is not of an export"):
        exported_to(to)


def test_a_working_folder_that_leads_elsewhere_is_not_emptied(to: DirectoryDestination, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_bytes(b"mine")
    (tmp_path / "out" / ".gatemeter-export").symlink_to(tmp_path / "mine")
    with pytest.raises(ConflictError, match="another file is there, and is not overwritten"):
        exported_to(to)
    assert (tmp_path / "mine" / "file").read_bytes() == b"mine"


def test_two_exports_do_not_write_at_the_same_time(to: DirectoryDestination, tmp_path: Path) -> None:
    with to.working_directory(NAMES), pytest.raises(ConflictError, match="another export is being written there"):
        exported_to(DirectoryDestination(tmp_path / "out"))
    assert exported_to(to).sent == 3


@contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    """Writing beyond it fails, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_without_room_nothing_is_left_behind(to: DirectoryDestination, tmp_path: Path) -> None:
    with largest_file(2_000), pytest.raises(DeliveryError, match=r"usage.jsonl: cannot be written: .*; make room"):
        exported_to(to)
    assert contents(tmp_path / "out") == {}
    assert exported_to(to).sent == 3


def test_what_cannot_be_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DeliveryError, match="cannot be written: File exists"):
        exported_to(DirectoryDestination(tmp_path / "file"))


@pytest.mark.parametrize(
    ("step", "left"),
    smoke([("row", set()), ("put", {"lines.jsonl"})], 1, reason="a process that imports everything, for each step"),
)
def test_a_killed_export_looks_unfinished_and_is_completed(
    to: DirectoryDestination, tmp_path: Path, step: str, left: set[str]
) -> None:
    command = [sys.executable, "-m", "tests.support.killed_commands.export", str(tmp_path / "out"), step]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert {each.name for each in (tmp_path / "out").iterdir()} == {".gatemeter-export", *left}
    assert exported_to(to).sent == 3 - len(left)
    exported_to(DirectoryDestination(tmp_path / "other"))
    assert contents(tmp_path / "out") == contents(tmp_path / "other")
