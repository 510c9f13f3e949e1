"""Files that are one JSON document over several lines are refused by what reads lines, before every line is bad."""

import json
from pathlib import Path

import pytest

from gatemeter.errors import InputError
from gatemeter.formats.event_file import is_one_document, require_lines

EVENT = {"started_at": 1770112861007, "request": {"id": "r"}, "response": {"status": 200}}


@pytest.mark.parametrize("document", [EVENT, [EVENT, EVENT]])
def test_a_document_over_several_lines_is_refused_with_a_remedy(tmp_path: Path, document: object) -> None:
    path = tmp_path / "pretty.json"
    path.write_text(json.dumps(document, indent=2))
    with pytest.raises(InputError, match=r"pretty.json: is one JSON document over several lines.*jq"):
        require_lines(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        json.dumps(EVENT),
        json.dumps([EVENT, EVENT]),
        f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}\n",
        '{"torn":\n' + json.dumps(EVENT),
        "plain text\n{",
        "{\n{\n",
    ],
)
def test_everything_else_is_read_line_by_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "access.log"
    path.write_text(text)
    assert not is_one_document(path)


def test_what_is_no_file_is_left_to_the_reader(tmp_path: Path) -> None:
    assert not is_one_document(tmp_path / "missing")
    assert not is_one_document(Path("-"))
