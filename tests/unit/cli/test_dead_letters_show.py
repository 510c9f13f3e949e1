"""A dead letter on a terminal: everything in it is somebody else's text."""

import pytest

from gatemeter.cli.commands.dead_letters.list_and_show import shown
from gatemeter.escaping import escaped
from gatemeter.reports.dead_letters import DeadLetterRow
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.wire.event_location import EventLocation


def dead_letter(raw: bytes, topic: str = "access") -> DeadLetter:
    return DeadLetter(EventLocation("id", 0, 1, 2, 3), topic, "kong-log", "invalid_json", raw, len(raw))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[2J\r", "\\x1b[2J\\r"),
        ("a\u202eb\u2028", "a\\u202eb\\u2028"),
        ("caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600"),
        ("a\tb\nc", "a\\tb\\nc"),
    ],
)
def test_what_is_not_printable_is_spelled_out(text: str, seen: str) -> None:
    assert escaped(text) == seen


def test_the_text_keeps_its_lines_and_shows_its_broken_bytes() -> None:
    assert shown(dead_letter(b""), b"{\n\t\xff\x1b[31m").split("\n\n")[1] == "{\n\t\\xff\\x1b[31m"


def test_every_field_has_one_line_of_its_own() -> None:
    fields = shown(dead_letter(b"x", topic="a\nplace  fake"), b"x").split("\n\n")[0].splitlines()
    assert fields[0] == "place           id:0:1:2:3"
    assert fields[6:8] == ["topic           a\\nplace  fake", "message_time    "]
    assert len(fields) == len(DeadLetterRow.model_fields)
