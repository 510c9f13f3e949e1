from datetime import UTC, datetime

import pytest

from gatemeter.errors import SettingsError
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.written_time import parse_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02", datetime(2026, 2, 1, tzinfo=UTC)),
        ("2026-02-28", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2026-02-01T10:00", datetime(2026, 2, 1, 10, tzinfo=UTC)),
        ("2026-02-01T10:00:00Z", datetime(2026, 2, 1, 10, tzinfo=UTC)),
        ("2026-02-01T10:00+01:00", datetime(2026, 2, 1, 9, tzinfo=UTC)),
        ("1969-12-31T19:00:00-05:00", datetime(1970, 1, 1, tzinfo=UTC)),
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
        ("2026-02+01:00", "is not a date"),
        ("2026-02-01T10:00+24:00", "is not a date"),
        ("2026-02-01T10:00+1:00", "is not a date"),
        ("2026-02-01T10:00:00-03:30", "not a full hour of UTC"),
        ("9999-12-31T23:00", "outside of"),
        ("0001-01", "outside of"),
        ("0001-01-01T00:00+14:00", "outside of"),
        ("9" * 5000, f"'{'9' * 80}...' is not a date"),
        ("2026-13", "not in the calendar"),
        ("2026-02-30", "not in the calendar"),
        ("2026-02-01T24:00", "not in the calendar"),
        ("2026-02-01T10:30", "not a full hour"),
        ("2026-02-01T10:00:01", "not a full hour"),
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
