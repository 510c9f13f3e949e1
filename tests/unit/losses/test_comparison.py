"""A generated month of which a known number of events was lost: the gap that is told of it, and its cause."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatemeter.errors import SettingsError
from gatemeter.losses.causes import Cause
from gatemeter.losses.comparison import ComparedCount, GatewayComparison, compare
from gatemeter.losses.counter_file import GatewayCounters
from gatemeter.losses.gap import Tolerance
from gatemeter.losses.log_plugins import NO_INVENTORY, LogPlugins
from gatemeter.losses.own_requests import OwnRequests
from gatemeter.losses.window import day_borders, month_borders
from tests.support.gateway_counters import FEBRUARY, GatewayRequest, arrived, scraped, steady_month

NOW = datetime(2026, 12, 1, tzinfo=UTC)
EVERY_6_HOURS = [FEBRUARY + timedelta(hours=6 * number, minutes=30) for number in range(4 * 28)]
TWELVE_DAYS = EVERY_6_HOURS[:48]
MONTH_ENDS = [EVERY_6_HOURS[0], EVERY_6_HOURS[-1]]
ROUTED = "kong_http_requests_total"

Lose = Callable[[GatewayRequest], bool]


def _lost(requests: Iterable[GatewayRequest], lose: Lose) -> list[GatewayRequest]:
    return [replace(request, is_lost=lose(request)) for request in requests]


def _compared(
    counters: GatewayCounters, own: OwnRequests, tolerance: str = "0", plugins: LogPlugins = NO_INVENTORY
) -> GatewayComparison:
    months, days = counters.readings(month_borders, None), counters.readings(day_borders, None)
    return compare(months, days, own, Tolerance.parse(tolerance), NOW, plugins)


def _count(comparison: GatewayComparison, service: str = "", counter: str = ROUTED) -> ComparedCount:
    [found] = [
        each for each in comparison.counts if (each.gap.reading.counter, each.gap.reading.service) == (counter, service)
    ]
    return found


def _holds(count: ComparedCount, truth: int) -> bool:
    least, most = count.gap.least, count.gap.most
    return (least is None or least <= truth) and (most is None or truth <= most)


def _truth(requests: Iterable[GatewayRequest], times: Sequence[datetime], service: str = "") -> int:
    lost = [each for each in requests if each.is_lost and each.service in (service or each.service)]
    return sum(times[0] < each.ended <= times[-1] for each in lost)


def test_nothing_lost_is_no_gap(tmp_path: Path) -> None:
    requests = steady_month()
    found = _count(_compared(scraped(tmp_path, requests, EVERY_6_HOURS), arrived(requests)))
    assert (found.explained.cause, found.is_finding) == (Cause.NONE, False)
    assert _holds(found, 0)
    assert (found.gap.most or 0) - (found.gap.least or 0) <= 4 * 6


def test_a_full_queue_on_some_days_is_told_with_its_number(tmp_path: Path) -> None:
    days = {FEBRUARY.replace(day=day).date() for day in (5, 17)}
    requests = _lost(steady_month(), lambda each: each.began.date() in days and 6 <= each.began.hour < 18)
    comparison = _compared(scraped(tmp_path, requests, EVERY_6_HOURS), arrived(requests))
    found = _count(comparison)
    assert (found.explained.cause, found.is_finding) == (Cause.OVERFLOW, True)
    assert "2026-02-05, 2026-02-17" in found.explained.reason
    assert _holds(found, _truth(requests, EVERY_6_HOURS))
    assert found.gap.least is not None
    assert found.gap.least > 100


def test_a_service_without_the_plugin_is_named(tmp_path: Path) -> None:
    requests = _lost(steady_month(), lambda each: each.service == "stock")
    comparison = _compared(scraped(tmp_path, requests, MONTH_ENDS), arrived(requests))
    stock, total = _count(comparison, "stock"), _count(comparison)
    assert (stock.explained.cause, total.explained.cause) == (Cause.NO_PLUGIN, Cause.NO_PLUGIN)
    assert "of stock" in total.explained.reason
    assert stock.gap.least == stock.gap.most == _truth(requests, MONTH_ENDS, "stock")
    assert (_count(comparison, "orders").explained.cause, comparison.findings) == (Cause.NONE, 2)


def test_a_route_without_the_plugin_is_named(tmp_path: Path) -> None:
    requests = [replace(each, service="orders", route=each.service) for each in steady_month()]
    requests = _lost(requests, lambda each: each.route == "stock")
    found = _count(_compared(scraped(tmp_path, requests, MONTH_ENDS), arrived(requests)), "orders")
    assert (found.explained.cause, "of stock" in found.explained.reason) == (Cause.NO_PLUGIN, True)


def test_a_service_by_another_name_is_not_said_to_be_without_plugin(tmp_path: Path) -> None:
    requests = steady_month()
    renamed = [replace(each, service="stock-v2") if each.service == "stock" else each for each in requests]
    comparison = _compared(scraped(tmp_path, requests, MONTH_ENDS), arrived(renamed))
    stock = _count(comparison, "stock")
    assert (stock.explained.cause, "stock-v2" in stock.explained.reason) == (Cause.NOT_KNOWN, True)
    assert _count(comparison).explained.cause is Cause.NONE


@pytest.mark.parametrize(
    ("plugins", "cause", "said"),
    [
        (LogPlugins("T", is_complete=True, services=frozenset({"orders"})), Cause.NO_PLUGIN, "no log plugin on it"),
        (LogPlugins("T", is_complete=True, is_global=True), Cause.NOT_KNOWN, "can it reach its target"),
        (
            LogPlugins("T", is_complete=True, services_in_part=frozenset({"stock"})),
            Cause.NO_PLUGIN,
            "event of it arrived",
        ),
        (LogPlugins("T", is_complete=False), Cause.NO_PLUGIN, "event of it arrived"),
    ],
    ids=["on another service", "on everything", "on some routes", "not all plugins are told"],
)
def test_an_inventory_says_whether_a_silent_service_has_a_plugin(
    tmp_path: Path, plugins: LogPlugins, cause: Cause, said: str
) -> None:
    requests = _lost(steady_month(), lambda each: each.service == "stock")
    comparison = _compared(scraped(tmp_path, requests, MONTH_ENDS), arrived(requests), plugins=plugins)
    found = _count(comparison, "stock").explained
    assert (found.cause, said in found.reason) == (cause, True)


def test_what_a_restart_takes_has_no_upper_bound(tmp_path: Path) -> None:
    restart = FEBRUARY + timedelta(days=9, hours=13)
    requests = _lost(
        steady_month(per_hour=30, days=12), lambda each: restart - timedelta(minutes=29) < each.began < restart
    )
    found = _count(_compared(scraped(tmp_path, requests, TWELVE_DAYS, restarts=[restart]), arrived(requests)))
    assert found.gap.most is None
    assert _holds(found, _truth(requests, TWELVE_DAYS))
    assert (found.explained.cause, len(found.gap.reading.resets)) == (Cause.NOT_KNOWN, 1)
    assert "began again between 2026-02-10T12:30:00Z and 2026-02-10T18:30:00Z" in found.explained.reason


def test_a_loss_around_a_restart_is_put_down_to_it(tmp_path: Path) -> None:
    restart = FEBRUARY + timedelta(days=9, hours=13)
    requests = _lost(
        steady_month(per_hour=30, days=12), lambda each: restart - timedelta(hours=11) < each.began < restart
    )
    found = _count(_compared(scraped(tmp_path, requests, TWELVE_DAYS, restarts=[restart]), arrived(requests)))
    assert (found.explained.cause, found.is_finding) == (Cause.RESTART, True)
    assert _holds(found, _truth(requests, TWELVE_DAYS))


def test_a_part_of_all_requests_missing_every_day_is_steady(tmp_path: Path) -> None:
    requests = _lost(steady_month(per_hour=30, days=12), lambda each: each.began.minute % 3 == 0)
    found = _count(_compared(scraped(tmp_path, requests, TWELVE_DAYS), arrived(requests)))
    assert found.explained.cause is Cause.STEADY
    assert _holds(found, _truth(requests, TWELVE_DAYS))


def test_more_counted_than_the_gateway_says_is_a_finding(tmp_path: Path) -> None:
    requests = steady_month()
    nodes = [replace(each, node="kong-2") if number % 2 else each for number, each in enumerate(requests)]
    found = _count(_compared(scraped(tmp_path, nodes, MONTH_ENDS), arrived(nodes)))
    assert (found.explained.cause, found.is_finding) == (Cause.SURPLUS, True)
    both = _count(_compared(scraped(tmp_path, nodes, MONTH_ENDS, nodes=["kong-1", "kong-2"]), arrived(nodes)))
    assert (both.explained.cause, sorted(both.nodes)) == (Cause.NONE, ["kong-1", "kong-2"])


def test_a_counter_of_every_request_shows_only_how_many_at_most(tmp_path: Path) -> None:
    requests = _lost(steady_month(), lambda each: each.service == "stock")
    found = _count(
        _compared(scraped(tmp_path, requests, MONTH_ENDS), arrived(requests)), counter="kong_nginx_requests_total"
    )
    assert (found.gap.least, found.explained.cause, found.is_finding) == (None, Cause.NOT_KNOWN, False)
    assert _holds(found, _truth(requests, MONTH_ENDS))


def test_what_was_not_to_be_counted_or_not_yet_is_no_finding(tmp_path: Path) -> None:
    requests = steady_month()
    late = [replace(each, is_lost=each.began < FEBRUARY + timedelta(days=9)) for each in requests]
    early = [replace(each, is_lost=each.began > FEBRUARY + timedelta(days=9)) for each in requests]
    counters = scraped(tmp_path, requests, MONTH_ENDS)
    began_later = _count(_compared(counters, arrived(late)))
    behind = _count(_compared(counters, arrived(early, last_stored=FEBRUARY + timedelta(days=9))))
    lost = _count(_compared(counters, arrived(early)))
    nothing = _count(_compared(counters, arrived([])))
    assert [each.explained.cause for each in (began_later, behind, nothing)] == [
        Cause.BEGAN_LATER,
        Cause.NOT_YET,
        Cause.BEGAN_LATER,
    ]
    assert [each.is_finding for each in (began_later, behind, nothing, lost)] == [False, False, False, True]


def test_dead_letters_may_be_the_missing_requests(tmp_path: Path) -> None:
    requests = _lost(steady_month(), lambda each: each.service == "stock")
    counters = scraped(tmp_path, requests, MONTH_ENDS)
    lost = _count(_compared(counters, arrived(requests)))
    letters = {None: 1_500, FEBRUARY + timedelta(days=3): 500, FEBRUARY - timedelta(days=3): 9_000}
    arrived_too = _count(_compared(counters, arrived(requests, dead_letters=letters)))
    assert arrived_too.gap.dead_letters == 2_000
    assert (arrived_too.gap.least, arrived_too.gap.most) == ((lost.gap.least or 0) - 2_000, lost.gap.most)
    assert not arrived_too.is_finding


@pytest.mark.parametrize(("tolerance", "is_finding"), [("0", True), ("60%", False), ("100", True), ("10000", False)])
def test_a_gap_within_the_tolerance_is_no_finding(tmp_path: Path, tolerance: str, is_finding: bool) -> None:
    requests = _lost(steady_month(), lambda each: each.service == "stock")
    comparison = _compared(scraped(tmp_path, requests, MONTH_ENDS), arrived(requests), tolerance)
    assert _count(comparison).is_finding == is_finding


@pytest.mark.parametrize("text", ["", "-1", "101%", "1e3", "0.1 per cent", "\u0661"])
def test_what_is_not_a_tolerance_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="not a tolerance"):
        Tolerance.parse(text)
