"""What counters counted between scrapes: over restarts, of several nodes, divided at months."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gatemeter.errors import InputError
from gatemeter.losses.increases import readings_of_scrapes
from gatemeter.losses.reading import Reading
from gatemeter.losses.scrape import NODE_ID, Scrape, Series, SeriesKey
from gatemeter.losses.window import month_borders

DAY = datetime(2026, 2, 1, tzinfo=UTC)
KONG, NGINX = "kong_http_requests_total", "kong_nginx_requests_total"


def _at(day: float, count: int, *, node: str = "a", counter: str = KONG, other: int = 0, started: str = "1") -> Scrape:
    rising: dict[Series, Decimal] = {
        ("requests", frozenset()): Decimal(count),
        ("other", frozenset()): Decimal(other),
    }
    key = SeriesKey(counter, "orders")
    return Scrape(node, DAY + timedelta(days=day), {key: count}, rising, {NODE_ID: started}, f"{node}-{day}")


def _readings(*scrapes: Scrape) -> list[Reading]:
    return readings_of_scrapes(scrapes, month_borders)


def test_a_counter_that_only_grows_is_exact() -> None:
    [found] = _readings(_at(2, 900), _at(0, 100), _at(1, 400))
    assert (found.seen, found.least, found.most, found.resets) == (800, 800, 800, ())


@pytest.mark.parametrize(
    ("second", "seen"),
    [
        (_at(1, 40), 40),
        (_at(1, 150, other=-1), 50),
        (_at(1, 150, started="2"), 50),
    ],
    ids=["the count fell", "another counter fell", "the node has another id"],
)
def test_after_a_restart_only_a_lower_bound_is_known(second: Scrape, seen: int) -> None:
    [found] = _readings(_at(0, 100), second)
    assert (found.seen, found.least, found.most, len(found.resets)) == (seen, seen, None, 1)


def test_a_span_is_divided_at_the_scrape_next_to_a_months_border() -> None:
    first, second = _readings(_at(0, 0), _at(27.9, 100), _at(28.3, 110), _at(40, 150))
    assert [(first.window.month, first.seen), (second.window.month, second.seen)] == [("2026-02", 100), ("2026-03", 50)]
    assert first.window.end == second.window.start


def test_one_scrape_counts_since_nobody_knows_when() -> None:
    [found] = _readings(_at(1, 70))
    assert (found.window.is_since_unknown, found.window.month, found.seen) == (True, "", 70)


def test_a_counter_of_all_that_nginx_takes_is_an_upper_bound() -> None:
    [found] = _readings(_at(0, 0, counter=NGINX), _at(1, 70, counter=NGINX))
    assert (found.seen, found.least, found.most) == (70, None, 70)


def test_a_scrape_that_is_given_twice_counts_once() -> None:
    [found] = _readings(_at(0, 100), _at(1, 400), _at(1, 400))
    assert found.seen == 300


@pytest.mark.parametrize(
    "scrapes",
    [
        (_at(0, 100), _at(0, 4000)),
        (_at(0, 100), _at(1, 4000, started="2"), _at(2, 120), _at(3, 4100, started="2")),
    ],
    ids=["two counts at one time", "ids in turns"],
)
def test_two_nodes_under_one_name_are_refused(scrapes: tuple[Scrape, ...]) -> None:
    with pytest.raises(InputError, match="scrapes of two nodes"):
        _readings(*scrapes)
