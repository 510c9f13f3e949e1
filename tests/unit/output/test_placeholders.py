"""Names that read like the words for what has no name."""

import pytest

from gatemeter.output.layout import TableLayout
from gatemeter.output.placeholders import EMPTY, NOBODY, REST, meant_name, told_apart
from gatemeter.output.shown_rows import with_fallbacks


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("anonymous", "anonymous (name)"),
        ("anonymous (name)", "anonymous (name) (name)"),
        ("Empty", "Empty (name)"),
        ("(all others)", "(all others) (name)"),
        ("anonymous2", "anonymous2"),
        ("anonymous (name) 2", "anonymous (name) 2"),
        ("acme (name)", "acme (name)"),
        ("", ""),
    ],
)
def test_a_name_that_reads_like_a_placeholder_is_marked(name: str, shown: str) -> None:
    assert told_apart(name, NOBODY, EMPTY, REST) == shown
    assert meant_name(shown, NOBODY, EMPTY, REST) == name


def test_a_table_tells_nobody_from_whoever_is_called_so() -> None:
    layout = TableLayout(fallbacks={"username": "id"})
    records = [{"username": "", "id": NOBODY}, {"username": NOBODY, "id": "u1"}, {"username": "", "id": "u2"}]
    assert [with_fallbacks(each, layout)["username"] for each in records] == [NOBODY, "anonymous (name)", "u2"]
