from datetime import UTC, datetime

import pytest

from gatemeter.errors import SettingsError
from gatemeter.reports.period import TimeSpan, parse_moment, parse_zone


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02", datetime(2026, 2, 1, tzinfo=UTC)),
        ("2026-02-28", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2026-02-01T10:00", datetime(2026, 2, 1, 10, tzinfo=UTC)),
        ("2026-02-01T10:00:00Z", datetime(2026, 2, 1, 10, tzinfo=UTC)),
    ],
)
def test_reads_months_days_and_hours(text: str, moment: datetime) -> None:
    assert parse_moment(text, flag="--from") == moment


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yesterday", "is not a date"),
        ("2026", "is not a date"),
        ("2026-2", "is not a date"),
        ("02/2026", "is not a date"),
        ("2026-02-01T10:00+01:00", "is not a date"),
        ("2026-13", "not in the calendar"),
        ("2026-02-30", "not in the calendar"),
        ("2026-02-01T24:00", "not in the calendar"),
        ("2026-02-01T10:30", "not a full hour"),
        ("1969-12", "outside of"),
        ("2106-03", "outside of"),
        ("\u0662\u0660\u0662\u0666-02", "is not a date"),
    ],
)
def test_refuses_other_texts_in_one_line(text: str, why: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_moment(text, flag="--to")
    assert str(caught.value).startswith("--to: ")
    assert why in str(caught.value)


def test_a_span_is_open_where_nothing_is_given() -> None:
    span = TimeSpan.parse(None, None)
    assert span.parameters == {"from": "1970-01-01 00:00:00", "to": "2106-02-07 06:00:00"}


def test_a_span_is_written_for_the_server_in_utc() -> None:
    assert TimeSpan.parse("2026-02", "2026-03").parameters == {
        "from": "2026-02-01 00:00:00",
        "to": "2026-03-01 00:00:00",
    }


@pytest.mark.parametrize(("start", "end"), [("2026-02", "2026-02"), ("2026-03", "2026-02"), (None, "1970-01")])
def test_refuses_a_span_that_holds_nothing(start: str | None, end: str) -> None:
    with pytest.raises(SettingsError, match="is not before"):
        TimeSpan.parse(start, end)


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-02", "Europe/Berlin", datetime(2026, 1, 31, 23, tzinfo=UTC)),
        ("2026-07-01", "Europe/Berlin", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-10-25T02:00", "Europe/Berlin", datetime(2026, 10, 25, 0, tzinfo=UTC)),  # the first of two
        ("2026-03-29", "Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),  # a day that begins at 01:00
        ("2026-02-01T10:00Z", "Europe/Berlin", datetime(2026, 2, 1, 10, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_the_time_zone(text: str, zone: str, moment: datetime) -> None:
    assert parse_moment(text, flag="--from", zone=parse_zone(zone)) == moment


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("2026-03-29T02:00", "Europe/Berlin", "--from: '2026-03-29T02:00' does not exist in Europe/Berlin"),
        ("2026-02-01", "Asia/Kolkata", "--tz: Asia/Kolkata is not whole hours from UTC at 2026-02-01"),
    ],
)
def test_a_time_that_hours_cannot_tell_is_refused(text: str, zone: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_moment(text, flag="--from", zone=parse_zone(zone))
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("name", ["Berlin", "../etc/passwd", "", "Europe"])
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"--tz: {name!r} is not a time zone"):
        parse_zone(name)
