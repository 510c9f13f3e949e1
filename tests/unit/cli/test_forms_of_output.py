"""Every command that prints rows prints them as JSON and as CSV, too."""

import csv
import io
import json

import pytest

from tests.support.command_in_process import invoked, run
from tests.support.repository import commands

WITHOUT_CSV = {
    # What these print as JSON is one object, or a list of objects of several forms.
    "dead-letters replay",
    "dead-letters show",
    "decode",
    "explain",
    "inventory poll",
    "inventory read",
    "meter",
    "rebuild",
    "relay",
    "ship",
    "tokens list",
    "top",
}


def test_a_command_with_rows_has_csv_beside_json() -> None:
    options = {name: {text for each in command.params for text in each.opts} for name, command in commands()}
    with_json = {name for name, texts in options.items() if "--json" in texts}
    assert {name for name in with_json if "--csv" not in options[name]} == WITHOUT_CSV


def test_the_catalogue_is_listed_without_a_store_in_every_form() -> None:
    rows = json.loads(run("query", "--list", "--json").stdout)
    assert {"name": "request_count", "is": "metric", "type": "count", "description": "requests"} in rows
    assert list(csv.DictReader(io.StringIO(run("query", "--list", "--csv", "--raw").stdout))) == rows
    assert "request_count" in run("query", "--list").stdout


@pytest.mark.parametrize("options", [["--json", "--csv"], ["--raw"], ["--parquet", "x.parquet"]])
def test_two_forms_of_the_catalogue_are_refused(options: list[str]) -> None:
    assert invoked("query", "--list", *options).exit_code != 0
