"""The header that says by which counting rules events were cut."""

import pytest

from gatemeter.wire.slimmed import UNREADABLE, SlimmedBy, parse_slimmed, slimmed_by


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("8", SlimmedBy("8")),
        ("8;meters=0c2f61d2a9b4", SlimmedBy("8", "0c2f61d2a9b4")),
        ("8;keep=a.b,ü;c=d", SlimmedBy("8", "", "a.b,ü;c=d")),
        ("12;meters=ab;keep=x", SlimmedBy("12", "ab", "x")),
    ],
)
def test_what_a_value_says_is_written_as_it_is_read(value: str, told: SlimmedBy) -> None:
    assert parse_slimmed(value) == told
    assert str(told) == value
    assert slimmed_by([("gatemeter-slimmed", value.encode())]) == value


@pytest.mark.parametrize("value", [b"x", b"8;", b"8;keep=", b"8\n9", b"\xff", b"8;keep=" + b"x" * 2000, b"1234567"])
def test_a_header_that_nobody_of_ours_wrote_is_named_and_not_repeated(value: bytes) -> None:
    assert slimmed_by([("gatemeter-slimmed", value)]) == UNREADABLE


@pytest.mark.parametrize(
    "headers", [None, [], [("gatemeter-slimmed", None)], [("gatemeter-slimmed", b"")], [("x", b"8")]]
)
def test_a_message_without_the_header_holds_whole_events(headers: list[tuple[str, bytes | None]] | None) -> None:
    assert slimmed_by(headers) == ""
