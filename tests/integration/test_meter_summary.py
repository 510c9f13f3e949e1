"""What `gatemeter meter` says and how it ends: what is new, and when nothing could be counted."""

from pathlib import Path

import pytest

from gatemeter.errors import ExitCode, InputError
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.kong_events import request_line
from tests.support.smoke import smoke

pytestmark = pytest.mark.clickhouse

COMBINED = b'203.0.113.9 - - [11/Feb/2026:09:14:02 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"\n'
NGINX_ERRORS = b"2026/02/11 09:14:02 [error] 1291#0: *1 upstream timed out\n"
CSV = b"id,name\n1,acme\n2,zoe\n"


def written(path: Path, first: int, last: int) -> Path:
    path.write_bytes(b"".join(request_line(f"e{number}") + b"\n" for number in range(first, last)))
    return path


def test_it_says_how_many_events_are_new(tmp_path: Path, store: Store) -> None:
    path = written(tmp_path / "access.log", 0, 3)
    assert "all 3 are new" in run("meter", path, *store.flags).stdout
    assert "0 new, 3 counted before" in run("meter", path, *store.flags).stdout
    written(path, 0, 5)
    other = written(tmp_path / "other.log", 7, 8)
    [summary] = read("meter", path, other, *store.flags)
    assert (summary["consumed"], summary["new"]) == (6, 3)


def test_a_file_without_events_and_one_event_are_said_so(tmp_path: Path, store: Store) -> None:
    path = written(tmp_path / "access.log", 0, 0)
    assert "the files hold no events" in run("meter", path, *store.flags).stdout
    one = run("meter", written(path, 0, 1), *store.flags).stdout
    assert "metered 1 event in" in one
    assert "it is new" in one


@pytest.mark.parametrize(
    ("text", "kind"),
    smoke(
        [(CSV, "CSV"), (NGINX_ERRORS, "the error log of nginx"), (b'{"level":"info"}\n', "JSON of another kind")],
        1,
        reason="what other kinds are called is in `make test`, too",
    ),
)
def test_wholly_wrong_input_ends_with_an_error(tmp_path: Path, store: Store, text: bytes, kind: str) -> None:
    path = tmp_path / "wrong.log"
    path.write_bytes(text)
    result = invoked("meter", path, *store.flags)
    assert isinstance(result.exception, InputError)
    assert str(result.exception).startswith(f"{path}: nothing could be counted: it looks like {kind}")
    assert "counted 0" in result.stdout
    assert len(read("dead-letters", "list", *store.flags)) == text.count(b"\n")


def test_a_wrong_file_beside_a_right_one_is_named(tmp_path: Path, store: Store) -> None:
    right, wrong, other = written(tmp_path / "a.log", 0, 2), tmp_path / "b.csv", tmp_path / "c.log"
    wrong.write_bytes(CSV)
    other.write_bytes(NGINX_ERRORS)
    result = invoked("meter", right, wrong, other, *store.flags)
    assert f"{wrong}: nothing could be counted: it looks like CSV" in result.stderr
    assert isinstance(result.exception, InputError)
    assert result.exception.exit_code is ExitCode.INPUT
    assert "counted 2" in result.stdout


def test_one_broken_line_among_good_ones_is_no_error(tmp_path: Path, store: Store) -> None:
    path = written(tmp_path / "access.log", 0, 1)
    path.write_bytes(path.read_bytes() + COMBINED)
    assert run("meter", path, *store.flags).exit_code == 0
    empty = tmp_path / "empty.log"
    empty.touch()
    assert run("meter", empty, *store.flags).exit_code == 0


def test_lines_of_text_are_counted_by_the_format_that_is_found(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "nginx.log"
    path.write_bytes(COMBINED * 3)
    result = run("meter", path, *store.flags)
    assert "counted 3" in result.stdout
    assert f"{path}: the first lines (3) are of the format nginx-combined; consumer: the user name" in result.stderr


@pytest.mark.long(reason="verifies deeply; what is metered of such lines is in `make test`")
def test_lines_of_text_are_verified_by_the_format_that_is_found(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "nginx.log"
    path.write_bytes(COMBINED * 3)
    run("meter", path, *store.flags)
    assert run("verify", *store.flags, "--deep", path).exit_code == 0


def test_another_format_that_was_named_is_corrected_in_the_error(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "nginx.log"
    path.write_bytes(COMBINED)
    result = invoked("meter", path, "--format", "kong", *store.flags)
    assert "meter it into another store with --format nginx-combined; as kong-log its lines are dead letters" in str(
        result.exception
    )


def test_asked_to_find_the_format_it_stores_nothing_where_none_fits(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(CSV)
    result = invoked("meter", path, "--format", "auto", *store.flags)
    assert str(result.exception).startswith(f"{path}: its format is not recognized: it looks like CSV")
    assert isinstance(result.exception, InputError)
    assert read("dead-letters", "list", *store.flags) == []
