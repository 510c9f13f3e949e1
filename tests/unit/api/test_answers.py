"""Which form an answer has, and whether it is known already."""

from typing import Any

import pytest
from starlette.requests import Request

from gatemeter.api.answers import csv_answer, json_answer, wants_csv


def request(method: str = "GET", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": named})


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("*/*", False),
        ("", False),
        ("text/csv", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("application/json, text/csv", False),
        ("application/json;q=0.5, text/csv", True),
        ("text/*", True),
        ("text/csv;q=0.1, */*;q=0.9", False),
        ("text/csv;q=2, application/json", False),
        ("text/html, application/xhtml+xml, */*;q=0.8", False),
    ],
)
def test_the_form_is_the_one_that_is_preferred(accept: str, is_csv: bool) -> None:
    assert wants_csv(request(accept=accept)) is is_csv


def test_a_parameter_is_stronger_than_the_header() -> None:
    assert wants_csv(request(accept="application/json"), asked=True)
    assert not wants_csv(request(accept="text/csv"), asked=False)


def test_a_long_header_takes_no_long_time() -> None:
    assert not wants_csv(request(accept="*/*," + " " * 60_000 + ";" * 5_000))


@pytest.mark.parametrize(
    ("method", "known", "status"),
    [("GET", "*", 304), ("GET", 'W/{tag}, "a"', 304), ("GET", '"a"', 200), ("POST", "*", 200), ("HEAD", "{tag}", 304)],
)
def test_only_what_is_read_can_be_known_already(method: str, known: str, status: int) -> None:
    tag = json_answer(request(), {"a": 1}).headers["etag"]
    found = json_answer(request(method, if_none_match=known.format(tag=tag)), {"a": 1})
    assert (found.status_code, found.headers["etag"]) == (status, tag)


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    row: dict[str, Any] = {"consumer": "=cmd()", "requests": -3}
    assert csv_answer(request(), [row], ["consumer", "requests"], "query").body == b"consumer,requests\n'=cmd(),-3\n"


def test_whole_numbers_of_any_size_are_exact() -> None:
    assert json_answer(request(), {"bytes": 2**100}).body == b'{"bytes": 1267650600228229401496703205376}'
