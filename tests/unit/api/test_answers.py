"""Which form an answer has, and whether it is known already."""

from typing import Any

import pytest
from starlette.requests import Request

from gatemeter.api.answers import json_answer
from gatemeter.api.forms import Form, wanted_form
from gatemeter.errors import SettingsError
from gatemeter.httpserver.problem import ProblemError
from gatemeter.output.records import csv_pieces


def request(method: str = "GET", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": named})


def lines(name: str, *values: str) -> Request:
    """A request in which one header has several lines."""
    return Request({"type": "http", "method": "GET", "headers": [(name.encode(), each.encode()) for each in values]})


FORMS = (Form.JSON, Form.CSV, Form.PARQUET)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", Form.JSON),
        ("", Form.JSON),
        ("text/csv", Form.CSV),
        ("TEXT/CSV; charset=utf-8", Form.CSV),
        ("application/json, text/csv", Form.JSON),
        ("application/json;q=0.5, text/csv", Form.CSV),
        ("text/*", Form.CSV),
        ("text/csv;q=0.1, */*;q=0.9", Form.JSON),
        ("text/csv;q=2, application/json", Form.JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", Form.JSON),
        ("application/vnd.apache.parquet", Form.PARQUET),
        ("application/*", Form.JSON),
        ("application/json;q=0, application/*", Form.PARQUET),
    ],
)
def test_the_form_is_the_one_that_is_preferred(accept: str, form: Form) -> None:
    assert wanted_form(request(accept=accept), FORMS) is form


def test_a_parameter_is_stronger_than_the_header() -> None:
    assert wanted_form(request(accept="application/json"), FORMS, {Form.CSV: True, Form.PARQUET: None}) is Form.CSV
    assert wanted_form(request(accept="text/csv"), FORMS, {Form.CSV: False}) is Form.JSON
    with pytest.raises(SettingsError, match="csv and parquet"):
        wanted_form(request(), FORMS, {Form.CSV: True, Form.PARQUET: True})


def test_a_form_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(ProblemError, match="application/json or text/csv or"):
        wanted_form(request(accept="application/x-tar, text/html"), FORMS)


def test_a_long_header_takes_no_long_time() -> None:
    assert wanted_form(request(accept="*/*," + " " * 60_000 + ";" * 5_000), FORMS) is Form.JSON


@pytest.mark.parametrize(
    ("method", "known", "status"),
    [("GET", "*", 304), ("GET", 'W/{tag}, "a"', 304), ("GET", '"a"', 200), ("POST", "*", 200), ("HEAD", "{tag}", 304)],
)
def test_only_what_is_read_can_be_known_already(method: str, known: str, status: int) -> None:
    tag = json_answer(request(), {"a": 1}).headers["etag"]
    found = json_answer(request(method, if_none_match=known.format(tag=tag)), {"a": 1})
    assert (found.status_code, found.headers["etag"]) == (status, tag)


def test_several_lines_of_a_header_are_one_list() -> None:
    tag = json_answer(request(), {}).headers["etag"]
    assert json_answer(lines("if-none-match", '"a"', tag), {}).status_code == 304
    assert wanted_form(lines("accept", "text/html", "text/csv"), FORMS) is Form.CSV


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    row: dict[str, Any] = {"consumer": "=cmd()", "requests": -3}
    assert b"".join(csv_pieces([row], ["consumer", "requests"])) == b"consumer,requests\n'=cmd(),-3\n"


def test_many_rows_are_written_in_pieces_of_bounded_size() -> None:
    rows = ({"consumer": "c" * 500} for _ in range(1_000))
    pieces = list(csv_pieces(rows, ["consumer"]))
    assert max(map(len, pieces)) < 70_000
    assert b"".join(pieces).count(b"\n") == 1_001


def test_whole_numbers_of_any_size_are_exact() -> None:
    assert json_answer(request(), {"bytes": 2**100}).body == b'{"bytes": 1267650600228229401496703205376}'
