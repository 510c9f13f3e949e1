"""Which consumers there are, and the names that tokens may be limited to."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.output.placeholders import NOBODY
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import Subject, UsageParameters

REMEMBERED = timedelta(days=92)
"""Who has no usage for longer is not known."""

_READ_WHOLE = timedelta(hours=1)
_LATE = timedelta(days=1)
_HOUR = timedelta(hours=1)

Names = frozenset[tuple[str, str, str]]
"""The id, user name and custom id that a consumer's usage was written with; several where it was renamed."""


class KnownConsumers:
    """The consumers with usage of the last time. Not for several threads."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._found: dict[str, Names] = {}
        self._whole_at: datetime | None = None

    def at(self, client: Client, now: datetime) -> Mapping[str, Names]:
        """Their names. Once an hour all usage is asked, else that of the last day. Raises as `fetch` does."""
        is_whole = self._whole_at is None or now - self._whole_at >= _READ_WHOLE
        end = now.replace(minute=0, second=0, microsecond=0) + _HOUR
        span = TimeSpan(end - (REMEMBERED if is_whole else _LATE), end)
        asked = UsageParameters(period=None, span=span, subject=self._subject)
        rows = fetch(client, "budgets/consumers", asked.query_parameters)
        found = {row["consumer"]: frozenset(map(tuple, row["names"])) for row in rows if row["consumer"] != NOBODY}
        if is_whole:
            self._found, self._whole_at = found, now
        else:
            self._found = self._found | {
                name: names | self._found.get(name, frozenset()) for name, names in found.items()
            }
        return self._found


def is_seen_whole(consumer: str, names: Names | None, allowed: Collection[str]) -> bool:
    """Whether a token that is limited to `allowed` may see all usage of a consumer: numbers are not told in part."""
    if names is None:
        return consumer in allowed
    return all(any(each in allowed for each in written) for written in names)
