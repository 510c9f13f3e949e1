"""Times as logs write them, to Unix milliseconds."""

from decimal import Decimal

import pytest

from gatemeter.lenient.times import common_log_ms, go_duration_ms, iso8601_ms, rfc3339_ms, unix_ms_by_size

TEN_O_CLOCK_MS = 1_770_112_800_000
"""2026-02-03 10:00 UTC."""


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        pytest.param("2026-02-03T10:00:00Z", TEN_O_CLOCK_MS, id="UTC"),
        pytest.param("2026-02-03t10:00:00z", TEN_O_CLOCK_MS, id="lower case"),
        pytest.param("2026-02-03 10:00:00Z", TEN_O_CLOCK_MS, id="blank in place of T"),
        pytest.param("2026-02-03T12:30:00+02:30", TEN_O_CLOCK_MS, id="offset east"),
        pytest.param("2026-02-02T23:00:00-11:00", TEN_O_CLOCK_MS, id="offset west, the day before"),
        pytest.param("2026-02-03T10:00:00-00:00", TEN_O_CLOCK_MS, id="unknown local offset"),
        pytest.param("2026-02-03T10:00:00.5Z", TEN_O_CLOCK_MS + 500, id="one digit is tenths"),
        pytest.param("2026-02-03T10:00:00.053Z", TEN_O_CLOCK_MS + 53, id="milliseconds"),
        pytest.param("2026-02-03T10:00:00.0009999Z", TEN_O_CLOCK_MS, id="finer than a ms is dropped"),
        pytest.param(f"2026-02-03T10:00:00.{'9' * 6000}Z", TEN_O_CLOCK_MS + 999, id="a fraction of any length"),
        pytest.param("1970-01-01T00:00:00Z", 0, id="epoch"),
        pytest.param("1969-12-31T23:59:59.9999Z", -1, id="before 1970 is dropped downwards"),
        pytest.param("2016-12-31T23:59:60Z", 1_483_228_799_999, id="a leap second stays in its month"),
        pytest.param("2016-12-31T18:59:60.5-05:00", 1_483_228_799_999, id="a leap second elsewhere"),
        pytest.param("2024-02-29T00:00:00Z", 1_709_164_800_000, id="leap day"),
        pytest.param("0001-01-01T00:00:00+23:59", -62_135_596_800_000 - 86_340_000, id="before the first year"),
        pytest.param("9999-12-31T23:59:59.999-23:59", 253_402_300_799_999 + 86_340_000, id="after the last year"),
    ],
)
def test_an_rfc_3339_time_is_read_as_unix_ms(text: str, expected_ms: int) -> None:
    assert rfc3339_ms(text) == expected_ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1770112800000",
        "2026-02-03",
        "2026-02-03T10:00:00",
        "2026-02-03T10:00Z",
        "2026-02-03T10:00:00+0200",
        "2026-02-03T10:00:00.Z",
        "2026-02-03T10:00:00,5Z",
        "2026-02-03T24:00:00Z",
        "2026-02-03T10:60:00Z",
        "2026-02-03T10:00:61Z",
        "2026-02-03T10:00:00+24:00",
        "2026-02-03T10:00:00+01:60",
        "2026-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "0000-01-01T00:00:00Z",
        " 2026-02-03T10:00:00Z",
        "2026-02-03T10:00:00Z\n",
        "٢٠٢٦-02-03T10:00:00Z",
        "Tue, 03 Feb 2026 10:00:00 GMT",
    ],
)
def test_a_text_of_another_form_is_not_a_time(text: str) -> None:
    assert rfc3339_ms(text) is None


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        pytest.param("03/Feb/2026:10:00:00 +0000", TEN_O_CLOCK_MS, id="UTC"),
        pytest.param("03/Feb/2026:12:30:00 +0230", TEN_O_CLOCK_MS, id="offset east"),
        pytest.param("02/Feb/2026:23:00:00 -1100", TEN_O_CLOCK_MS, id="offset west, the day before"),
        pytest.param("03/Feb/2026:10:00:00.053", TEN_O_CLOCK_MS + 53, id="without an offset it is UTC"),
        pytest.param("31/Dec/2016:23:59:60 +0000", 1_483_228_799_999, id="a leap second stays in its month"),
        pytest.param("3/Feb/2026:10:00:00 +0000", None, id="one digit"),
        pytest.param("03/feb/2026:10:00:00 +0000", None, id="no month"),
        pytest.param("30/Feb/2026:10:00:00 +0000", None, id="no day"),
        pytest.param("03/Feb/2026:10:00:00 UTC", None, id="no offset"),
    ],
)
def test_a_time_of_the_common_log_is_read_as_unix_ms(text: str, expected_ms: int | None) -> None:
    assert common_log_ms(text) == expected_ms


def test_a_basic_offset_is_one_of_iso_8601() -> None:
    assert iso8601_ms("2026-02-03T10:00:00.5+0200") == rfc3339_ms("2026-02-03T10:00:00.5+02:00") == 1_770_105_600_500
    assert iso8601_ms("2026-02-03T10:00:00.5Z") == 1_770_112_800_500
    assert iso8601_ms("2026-02-03T10:00:00") is None
    assert iso8601_ms("2026-02-03T10:00:00+02") is None


@pytest.mark.parametrize("text", ["", "5", "ms", "1.5", "-1s", "1s ", "1d", "1.s", "1sms1", "s5"])
def test_other_texts_are_not_durations_of_go(text: str) -> None:
    assert go_duration_ms(text) is None


@pytest.mark.parametrize("written", [1_770_112_800, 1_770_112_800_000, 1_770_112_800_000_000, 1_770_112_800 * 10**9])
def test_the_unit_of_a_unix_time_is_told_by_its_size(written: int) -> None:
    assert unix_ms_by_size(Decimal(written)) == 1_770_112_800_000


@pytest.mark.parametrize("written", ["0", "-1770112800", "99999999999", "10E999999", "1E-999999", "5E+17"])
def test_other_numbers_are_not_times(written: str) -> None:
    assert unix_ms_by_size(Decimal(written)) is None
    assert unix_ms_by_size(Decimal(1_770_112_800_000_000), ("s", "ms", "ns")) is None
