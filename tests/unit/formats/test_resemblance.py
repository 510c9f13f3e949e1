"""What a wholly wrong file looks like, in words that a person can use."""

from pathlib import Path

import pytest

from gatemeter.formats.resemblance import nothing_counted, resemblance


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            '203.0.113.9 - alice [11/Feb/2026:09:14:02 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"',
            "an access log of nginx",
        ),
        ("2026/02/11 09:14:02 [error] 1291#0: *1 upstream timed out", "the error log of nginx"),
        ('[2026-02-11T09:14:02.123Z] "GET /v1 HTTP/2" 200 - 0 5 3 "-"', "an access log of Envoy"),
        ("id,name,amount\n1,acme,5\n2,zoe,7", "CSV"),
        ("id;name\n1;acme", "CSV with semicolons"),
        ("id\tname\n1\tacme", "values between tabs"),
        ('time="2026-02-11" level=info msg="up"', "logfmt"),
        ("#Version: 1.0\n#Fields: date time", "a W3C extended log"),
        ("Feb 11 09:14:02 host sshd[1]: x", "syslog"),
        ("<?xml version='1.0'?>", "XML or HTML"),
        ("<!DOCTYPE html>", "XML or HTML"),
        ("name: x\nother: y", "YAML"),
        ('{"level":"info","msg":"x","time":1,"a":2,"b":3}', "JSON of another kind, with level, msg, time, a, ..."),
        ('[{"level":"info"}]', "JSON of another kind, with level"),
        ("{}", "empty JSON objects"),
        ("12", "text"),
        ("hello", "text"),
        ("PK\x03\x04...", "a ZIP archive"),
        ("\x01\x00\x02", "data that is not text"),
    ],
)
def test_it_is_recognized_by_its_first_lines(text: str, kind: str) -> None:
    assert resemblance(text.encode().split(b"\n")).startswith(kind)


def test_text_in_utf16_is_recognized() -> None:
    assert resemblance('{"a":1}\n'.encode("utf-16").split(b"\n")) == "text in UTF-16"


def test_events_with_a_fault_are_no_other_kind_of_file(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b'{"request":{},"started_at":"soon"}\n')
    assert "it holds events; look at the dead letters" in str(nothing_counted(path, "kong", "ship it again"))


def test_lines_of_the_format_that_was_named_are_not_to_be_read_by_it_again(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b'192.0.2.1 - - [01/Jan/1970:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"\n')
    assert "ship it again with --format nginx-combined" in str(nothing_counted(path, "kong", "ship it again"))
    assert "it holds events; look at the dead letters" in str(nothing_counted(path, "nginx-combined", "ship it again"))
