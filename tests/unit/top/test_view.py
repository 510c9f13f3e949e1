"""Frames: what they say, what they say is not known, and that they fit any terminal."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from gatemeter.output.sparkline import BLOCKS
from gatemeter.output.text import text_width
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.topic_lag import PartitionLag
from gatemeter.top.reading import Cost, Reading
from gatemeter.top.view import Frame, drawn

NOW = datetime(2026, 2, 3, 11, 40, tzinfo=UTC)
TRAFFIC = {"request_count": 6_000, "error_rate": 0.25, "latency_request_p50": 12.5, "latency_request_p99": 480.0}


def group(name: str, value: str) -> dict[str, Any]:
    return {name: value, **TRAFFIC}


READING = Reading(
    at=NOW,
    span=TimeSpan(NOW.replace(hour=10, minute=0), NOW.replace(hour=12, minute=0)),
    is_older=False,
    traffic=TRAFFIC,
    costs=[
        Cost("computed", Decimal(5), "USD"),
        Cost("estimated", Decimal("0.5"), "USD"),
        Cost("reported", Decimal(9), ""),
    ],
    unpriced_calls=3,
    consumers=[group("consumer", f"consumer-{number}") for number in range(20)],
    routes=[group("route", f"route-{number}") for number in range(20)],
    requests_by_hour=[None, 0, 5],
    consumed=7_000,
    dead_letters=2,
)
FRAME = Frame("./usage", READING, 125.0, [PartitionLag(0, 12), PartitionLag(1, None)])


def lines(frame: Frame, width: int = 100, height: int | None = None) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(drawn(frame, width, height, BLOCKS))
    return stream.getvalue().splitlines()


def line(frame: Frame, label: str) -> str:
    return next(each.removeprefix(label).strip() for each in lines(frame) if each.startswith(label))


def test_rates_are_of_the_time_that_has_passed() -> None:
    assert line(FRAME, "requests/s") == "1.00, 6,000 in all"
    assert line(FRAME, "cost/h") == "3.30 USD (computed 3.00, estimated 0.300; 3 calls without a price)"


def test_what_the_gateway_reported_is_another_line_and_its_currency_is_not_guessed() -> None:
    assert line(FRAME, "reported/h") == "5.40 in a currency not told, by the gateway, for the same calls"


def test_amounts_in_two_currencies_are_never_added() -> None:
    costs = [Cost("computed", Decimal(5), "USD"), Cost("computed", Decimal(10), "EUR")]
    found = [each for each in lines(replace(FRAME, reading=replace(READING, costs=costs))) if each.startswith("cost/h")]
    assert [each.split()[1:3] for each in found] == [["3.00", "USD"], ["6.00", "EUR"]]


@pytest.mark.parametrize(
    ("unpriced", "said"), [(3, "not known; 3 calls without a price"), (0, "0, no calls to models that cost something")]
)
def test_a_cost_without_prices_is_not_known_and_without_calls_0(unpriced: int, said: str) -> None:
    assert line(replace(FRAME, reading=replace(READING, costs=[], unpriced_calls=unpriced)), "cost/h") == said


def test_a_lag_that_is_not_known_is_not_0() -> None:
    assert line(FRAME, "lag") == "12 messages not stored (0: 12  1: -)"
    assert line(replace(FRAME, lag=None), "lag") == "not known"


def test_how_fast_events_are_counted_needs_two_frames() -> None:
    assert line(FRAME, "counting") == "125 events/s; 7,000 events so far, 2 of them dead letters"
    assert line(replace(FRAME, counted_per_s=None), "counting").startswith("7,000 events so far")


def test_hours_without_requests_show_no_numbers_of_theirs() -> None:
    nothing = dict.fromkeys(TRAFFIC)
    frame = replace(FRAME, reading=replace(READING, traffic=nothing, consumers=[], routes=[]))
    assert line(frame, "errors") == "not known"
    assert line(frame, "latency") == "p50 - ms, p99 - ms"
    assert "none in these hours" in "\n".join(lines(frame))


def test_older_hours_are_said_to_be_older() -> None:
    older = replace(READING, is_older=True, at=NOW + timedelta(days=9))
    assert line(replace(FRAME, reading=older), "hours") == "2026-02-03 10:00 to 2026-02-03 12:00 UTC, no usage since"


def test_control_characters_of_a_name_are_escaped() -> None:
    reading = replace(READING, consumers=[group("consumer", "\x1b[31mred[/]")])
    assert "\x1b" not in "".join(lines(replace(FRAME, reading=reading)))


@pytest.mark.parametrize("width", [20, 40, 80, 119, 120, 160])
@pytest.mark.parametrize("height", [3, 12, 24, 50])
def test_a_frame_fits_the_terminal(width: int, height: int) -> None:
    found = lines(replace(FRAME, notes=["the lag is not known: " + "x" * 200]), width, height)
    assert len(found) <= height
    assert max(map(text_width, found)) <= width
