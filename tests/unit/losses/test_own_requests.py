"""How much of what was counted lies in a window whose edges are not known to the second."""

from datetime import UTC, datetime, timedelta

import pytest

from gatemeter.losses.own_requests import CountedRange, HourlyRequests, OwnRequests, Target
from gatemeter.losses.reading import Scope
from gatemeter.losses.window import Edge, Window

TEN = datetime(2026, 2, 3, 10, tzinfo=UTC)
ORDERS, STOCK, NO_SERVICE = Target("s1", "orders"), Target("s2"), Target()


def _own(*, longest: timedelta = timedelta()) -> OwnRequests:
    """From 8 to 13 o'clock 1, 10, 100, 1000, 10000 requests begin to orders; at 10 o'clock others too."""
    rows = [HourlyRequests(TEN + timedelta(hours=number), ORDERS, False, 10 ** (number + 2)) for number in range(-2, 3)]
    rows += [HourlyRequests(TEN, STOCK, True, 5), HourlyRequests(TEN, NO_SERVICE, True, 7)]
    return OwnRequests.of_rows(rows, longest=longest)


def _window(start: datetime, end: datetime) -> Window:
    return Window(Edge.at(start), Edge.at(end))


def test_hours_that_an_edge_cuts_may_be_counted_or_not() -> None:
    window = _window(TEN - timedelta(minutes=30), TEN + timedelta(hours=1, minutes=30))
    assert _own().counted(window, Scope.SERVICES, "orders") == CountedRange(100, 10 + 100 + 1000)


def test_a_scrape_at_a_full_hour_leaves_both_hours_open() -> None:
    window = _window(TEN, TEN + timedelta(hours=1))
    assert _own().counted(window, Scope.SERVICES, "orders") == CountedRange(0, 10 + 100 + 1000)


def test_requests_that_run_long_may_have_begun_before_the_window() -> None:
    window = _window(TEN + timedelta(minutes=10), TEN + timedelta(hours=2, minutes=10))
    assert _own().counted(window, Scope.SERVICES, "orders") == CountedRange(1000, 100 + 1000 + 10_000)
    longer = _own(longest=timedelta(minutes=20)).counted(window, Scope.SERVICES, "orders")
    assert longer == CountedRange(0, 10 + 100 + 1000 + 10_000)


@pytest.mark.parametrize(
    ("scope", "service", "counted"),
    [
        (Scope.ALL, "", (112, 112)),
        (Scope.SERVICES, "", (105, 105)),
        (Scope.SERVICES, "s1", (100, 100)),
        (Scope.SERVICES, "s2", (5, 5)),
        (Scope.LICENSED, "", (100, 112)),
    ],
)
def test_a_counters_scope_chooses_the_requests(scope: Scope, service: str, counted: tuple[int, int]) -> None:
    hour = OwnRequests.of_rows(
        [
            HourlyRequests(TEN, ORDERS, False, 100),
            HourlyRequests(TEN, STOCK, True, 5),
            HourlyRequests(TEN, NO_SERVICE, True, 7),
        ]
    )
    assert hour.counted(_window(TEN - timedelta(minutes=30), TEN + timedelta(minutes=90)), scope, service) == counted
