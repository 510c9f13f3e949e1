import pytest

from gatemeter.errors import SettingsError
from gatemeter.reports.period import Period, parse_period


@pytest.mark.parametrize(
    ("text", "period", "start", "end"),
    [
        ("2024", Period.YEAR, "2024-01-01 00:00:00", "2025-01-01 00:00:00"),
        ("2026-02", Period.MONTH, "2026-02-01 00:00:00", "2026-03-01 00:00:00"),
        ("2026-12", Period.MONTH, "2026-12-01 00:00:00", "2027-01-01 00:00:00"),
        ("2026-02-28", Period.DAY, "2026-02-28 00:00:00", "2026-03-01 00:00:00"),
        ("2026-02-28T23", Period.HOUR, "2026-02-28 23:00:00", "2026-03-01 00:00:00"),
        (" 2026-02-28T23:00:00Z", Period.HOUR, "2026-02-28 23:00:00", "2026-03-01 00:00:00"),
        ("2026-02-28T23:00:00+01:00", Period.HOUR, "2026-02-28 22:00:00", "2026-02-28 23:00:00"),
        ("2106-02", Period.MONTH, "2106-02-01 00:00:00", "2106-02-07 06:00:00"),
    ],
)
def test_a_period_is_its_hours(text: str, period: Period, start: str, end: str) -> None:
    kind, span = parse_period(text)
    assert (kind, span.parameters) == (period, {"from": start, "to": end})


@pytest.mark.parametrize(
    "text", ["", "26", "2026-2", "2026-13", "2026-02-30", "2026-02-01T10:30", "last month", "1969"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--period"):
        parse_period(text)
