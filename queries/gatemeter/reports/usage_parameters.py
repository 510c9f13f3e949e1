"""What every report of consumers' usage takes: which hours, added up to which periods, and whose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch, fetch_rows
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.zoned_span import UTC_ZONE, part_of_hour_refusal


class Subject(StrEnum):
    """Which of a consumer's names is the billing subject; where it is empty the id is, else `anonymous`.

    It is the name that the gateway wrote with the usage: by user name, a consumer that was renamed is two subjects. A
    name is unique within its workspace; the last two have the workspace in front of it.
    """

    ID = "id"
    USERNAME = "username"
    CUSTOM_ID = "custom_id"
    WORKSPACE_USERNAME = "workspace/username"
    WORKSPACE_CUSTOM_ID = "workspace/custom_id"


@dataclass(frozen=True, slots=True)
class UsageParameters:
    """`consumers` are ids, user names or custom ids; empty means all.

    A billing subject that had one of the names within a period counts whole. Periods are those of `time_zone`, an IANA
    name; None for `period` adds the whole span up.
    """

    period: Period | None = Period.MONTH
    span: TimeSpan = field(default_factory=TimeSpan)
    consumers: Sequence[str] = ()
    subject: Subject = Subject.ID
    time_zone: str = UTC_ZONE

    @property
    def query_parameters(self) -> dict[str, Any]:
        """The query parameters of `sql/parts/chosen.sql`, and the span's."""
        return {
            "period": self.period.value if self.period else "",
            "time_zone": self.time_zone,
            "consumers": list(self.consumers),
            "subject": self.subject.value,
            **self.span.parameters,
        }


def fetch_usage(
    client: Client,
    report: str,
    parameters: UsageParameters,
    *,
    table: str,
    by: Sequence[str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """The rows of a report of usage, which reads `table`, groups by `by` and takes `more` parameters; see `fetch_rows`.

    Raises SettingsError where an hour of the time zone does not begin with a stored hour, and as `fetch` does.
    """
    require_whole_hours(client, parameters, table)
    grouped = {} if by is None else {"by": list(by)}
    return fetch_rows(client, report, {**grouped, **parameters.query_parameters, **(more or {})})


def require_whole_hours(client: Client, parameters: UsageParameters, table: str) -> None:
    """Raise SettingsError where an hour of the time zone does not begin with a stored hour of `table`."""
    if parameters.time_zone == UTC_ZONE:
        return
    zoned = {"time_zone": parameters.time_zone, "usage_table": table, **parameters.span.parameters}
    [row] = fetch(client, "part_of_hour_offset", zoned)
    if row["hours"]:
        first = datetime.fromtimestamp(row["first_hour_s"], tz=parameters.span.start.tzinfo)
        raise part_of_hour_refusal(parameters.time_zone, f"{first:%Y-%m-%dT%H:%MZ}")
