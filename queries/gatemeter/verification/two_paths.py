"""Requests that two paths seem to have told: a gateway's http-log and its kafka-log, its plugin and its collector.

Their events have other ids, or lie in other topics, so no duplicate filter knows them for copies, and reports add them
up. What gives them away is that both told the same number of requests of each hour, caller, route and status. Two
gateways that share the traffic evenly tell numbers that are near each other, and seldom equal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.output.text import count_of
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checked_epochs import fetch_checked

SHARE = 0.9
"""Of the numbers compared, and of their requests, as many must be equal."""
FEWEST_NUMBERS = 10
FEWEST_DIFFERENT_NUMBERS = 5
"""Of the equal ones. A check of health that comes twice a minute gives each gateway the same number in every hour."""
FEWEST_EXACT_NUMBERS = 3
"""As many are enough where the latencies behind them add up to the same nanosecond."""
FEWEST_REQUESTS = 100

_NUMBERS = (
    *("numbers", "equal_numbers", "exact_numbers", "different_numbers"),
    *("requests", "equal_requests", "hours"),
)

LARGE_SHARE_OF_COPIES = 0.25
"""Retries and restarts of shippers make some percent."""


@dataclass(frozen=True, slots=True)
class Path:
    """A log, and what its events `tell`: the kinds of their sizes, and whether they name a source."""

    log: str
    tells: str
    topic: str = ""

    def __str__(self) -> str:
        request, response, *_ = self.tells.split("/")
        kinds = dict.fromkeys(kind or "as sent" for kind in (request, response))
        return f"{self.topic} (log {self.log}, sizes: {' and '.join(kinds)})"


@dataclass(frozen=True, slots=True)
class TwoPaths:
    """Two paths, and what was compared of them: so many `numbers` with all their `requests`, in `hours` from one on.

    Of the equal ones `exact_numbers` are of the same latencies, `different_numbers` are not the same as another.
    """

    one: Path
    other: Path
    numbers: int
    equal_numbers: int
    exact_numbers: int
    different_numbers: int
    requests: int
    equal_requests: int
    hours: int
    first_hour: str

    @property
    def are_suspicious(self) -> bool:
        """Whether the two can hardly be two gateways."""
        is_exact = self.exact_numbers >= FEWEST_EXACT_NUMBERS
        are_many = self.equal_numbers >= FEWEST_NUMBERS and self.different_numbers >= FEWEST_DIFFERENT_NUMBERS
        share = min(self.equal_numbers / max(self.numbers, 1), self.equal_requests / max(self.requests, 1))
        return (is_exact or are_many) and self.equal_requests >= FEWEST_REQUESTS and share >= SHARE

    def __str__(self) -> str:
        exact = f", {self.exact_numbers:,} of them with the same latencies" if self.exact_numbers else ""
        return (
            f"{self.one} and {self.other} seem to tell the same requests twice: of {count_of(self.numbers, 'number')} "
            f"by hour, caller, route and status {self.equal_numbers:,} are equal{exact} ({self.equal_requests:,} of "
            f"{count_of(self.requests, 'request')}, in {count_of(self.hours, 'hour')} from {self.first_hour} on), and "
            "reports add them up. Stop one of the two paths, and count without it: docs/verification.md"
        )


def two_paths(client: Client, span: TimeSpan) -> Sequence[TwoPaths]:
    """The suspicious pairs in `span`: by caller, or without, where they name callers otherwise. Raises as `fetch`."""
    found: dict[tuple[Path, Path], TwoPaths] = {}
    if not fetch(client, "verification/several_paths", span.parameters)[0]["are_several"]:
        return []
    for by_consumer in (1, 0):
        parameters = {**span.parameters, "by_consumer": by_consumer}
        for row in fetch(client, "verification/paths_with_equal_counts", parameters):
            pair = Path(row["log"], row["tells"]), Path(row["other_log"], row["other_tells"])
            if pair not in found:
                compared = _compared(client, *pair, parameters)
                if compared.are_suspicious:
                    found[pair] = compared
    return list(found.values())


def _compared(client: Client, one: Path, other: Path, parameters: Mapping[str, Any]) -> TwoPaths:
    paths = {"log": one.log, "tells": one.tells, "other_log": other.log, "other_tells": other.tells}
    (row,) = fetch(client, "verification/compared_paths", {**parameters, **paths})
    return TwoPaths(
        one=replace(one, topic=row["topic"] or ""),
        other=replace(other, topic=row["other_topic"] or ""),
        first_hour=row["first_hour"],
        **{name: int(row[name]) for name in _NUMBERS},
    )


def topics_with_many_copies(client: Client, span: TimeSpan) -> list[str]:
    """A sentence for each topic of which a large share of the events in `span` came twice, and counted once.

    Raises as `fetch` does.
    """
    limits = {"share": LARGE_SHARE_OF_COPIES, "copies": FEWEST_REQUESTS}
    return [
        f"{row['topic']}: {row['copies']:,} of {count_of(row['events'], 'event')} of the log {row['log']} were copies "
        "of others, and count once. If two paths of a gateway write to the topic, stop one: copies count once only "
        "where they meet in a partition"
        for row in fetch_checked(client, "verification/copies_by_topic", span, limits)
    ]
