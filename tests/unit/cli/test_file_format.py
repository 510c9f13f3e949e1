"""`--format auto` finds the format of a file, says what it found, and refuses to guess."""

import json
from pathlib import Path

import pytest

from gatemeter.errors import InputError
from tests.support.decode_command import decoded, run
from tests.support.gateways.recorded_logs import fixture_lines
from tests.support.kong_events import request_line

COMBINED = fixture_lines("nginx", "nginx-combined")
TRAEFIK = fixture_lines("traefik", "traefik")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


def write(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def test_it_says_what_it_found_and_what_it_takes(path: Path) -> None:
    result = run(write(path, *TRAEFIK), "--format", "auto", "--json")
    assert result.stderr == (
        f"{path}: the first lines (8) are of the format traefik; consumer: request_X-Gatemeter-Consumer, "
        "else ClientUsername; service: ServiceName; route: RouterName\n"
    )


def test_without_a_format_text_is_found_and_said(path: Path) -> None:
    result = run(write(path, *COMBINED), "--json")
    assert "are of the format nginx-combined" in result.stderr
    assert '"reason": null' in result.stdout


def test_without_a_format_json_is_read_as_ever(path: Path) -> None:
    records = decoded(write(path, request_line("a"), TRAEFIK[0]))
    assert [record["format"] for record in records] == ["kong-log", "traefik"]


def test_a_kong_log_with_lines_of_nginx_in_it_counts_as_ever(path: Path) -> None:
    records = decoded(write(path, *COMBINED, request_line("a")))
    assert [record["kind"] for record in records] == ["dead_letter"] * len(COMBINED) + ["http"]


def test_asked_for_the_format_of_a_mixed_log_it_does_not_guess(path: Path) -> None:
    result = run(write(path, *COMBINED, request_line("a")), "--format", "auto")
    assert isinstance(result.exception, InputError)
    assert "its first lines are of several formats: nginx-combined, kong-log" in str(result.exception)


def test_asked_for_the_format_of_another_file_it_says_what_it_looks_like(path: Path) -> None:
    result = run(write(path, b"id,name", b"1,acme"), "--format", "auto")
    assert isinstance(result.exception, InputError)
    assert "its format is not recognized: it looks like CSV" in str(result.exception)
    assert "name it with --format (kong-log, " in str(result.exception)


def test_kong_is_another_name_of_its_log(path: Path) -> None:
    assert [record["format"] for record in decoded(write(path, request_line("a")), "--format", "kong")] == ["kong-log"]


def test_an_empty_file_has_any_format(path: Path) -> None:
    assert decoded(write(path), "--format", "auto") == []


EITHER = json.dumps({**json.loads(TRAEFIK[0]), "msec": 1_770_000_000.5, "status": 200}).encode()


def test_asked_for_the_format_of_events_that_may_be_of_two_it_names_both(path: Path) -> None:
    result = run(write(path, EITHER), "--format", "auto")
    assert isinstance(result.exception, InputError)
    assert "each of its first lines may be of several formats: nginx, traefik" in str(result.exception)


def test_events_that_may_be_of_two_formats_are_dead_letters_until_one_is_named(path: Path) -> None:
    result = run(write(path, EITHER), "--json")
    assert "may be of several formats: nginx, traefik; read as kong-log" in result.stderr
    assert '"reason": "several_formats"' in result.stdout
    assert decoded(write(path, EITHER), "--format", "traefik")[0]["format"] == "traefik"
