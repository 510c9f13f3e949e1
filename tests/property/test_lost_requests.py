"""Whatever a gateway loses, and whenever it is asked and restarted: the bound of the gap holds the truth."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.losses.comparison import compare
from gatemeter.losses.counter_file import GatewayCounters
from gatemeter.losses.exposition import parse_exposition
from gatemeter.losses.gap import Tolerance
from gatemeter.losses.scrape import scrapes_of
from gatemeter.losses.window import Window, day_borders, month_borders
from tests.support.gateway_counters import GatewayRequest, arrived, metrics

START = datetime(2026, 2, 27, tzinfo=UTC)
SPAN_S = 3 * 24 * 3600

moments = st.integers(0, SPAN_S).map(lambda second: START + timedelta(seconds=second))
requests = st.builds(
    GatewayRequest,
    began=moments,
    service=st.sampled_from(["orders", "stock"]),
    node=st.sampled_from(["kong-1", "kong-2"]),
    is_lost=st.booleans(),
    took=st.integers(0, 7200).map(lambda seconds: timedelta(seconds=seconds)),
)


def _lost_in(window: Window, found: Iterable[GatewayRequest], node: str, service: str) -> int:
    """How many lost requests the node counted between two scrapes, whose times are known."""
    return sum(
        each.is_lost
        and each.node == node
        and service in ("", each.service)
        and window.start.latest < each.ended <= window.end.latest
        for each in found
    )


@given(
    found=st.lists(requests, max_size=60),
    times=st.lists(st.lists(moments, min_size=2, max_size=12, unique=True), min_size=2, max_size=2),
    restarts=st.lists(moments, max_size=3),
)
def test_the_bound_of_a_gap_always_holds_what_was_lost(
    found: list[GatewayRequest], times: list[list[datetime]], restarts: list[datetime]
) -> None:
    nodes = dict(zip(("kong-1", "kong-2"), times, strict=True))
    scrapes = [
        scrape
        for node, of_node in nodes.items()
        for at in of_node
        for scrape in scrapes_of(parse_exposition(metrics(found, node, at, restarts), node), Path(node))
    ]
    counters = GatewayCounters(scrapes)
    readings = counters.readings(month_borders, None)
    comparison = compare(readings, counters.readings(day_borders, None), arrived(found), Tolerance(), START)
    for count in comparison.counts:
        gap, reading = count.gap, count.gap.reading
        windows = {
            (each.node, each.window)
            for each in readings
            if each.window.month == reading.window.month and each.counter == reading.counter
        }
        truth = sum(_lost_in(window, found, node, reading.service) for node, window in windows)
        assert gap.least is None or gap.least <= truth, count.record()
        assert gap.most is None or truth <= gap.most, count.record()
