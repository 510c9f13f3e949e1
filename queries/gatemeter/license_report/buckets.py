"""The license counters: requests per calendar month (UTC)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, Field

from gatemeter.clickhouse.query import fetch, fetch_parquet, query_sql
from gatemeter.errors import SettingsError
from gatemeter.inventory.report_counters import UNKNOWN
from gatemeter.output.text import shortened
from gatemeter.reports.parquet import model_columns, parquet_sql

BUCKET_PATTERN = rf"^(\d{{4}}-(0[1-9]|1[0-2])|{UNKNOWN})$"


class MonthlyBucket(BaseModel):
    """The requests of one calendar month (UTC); `bucket` is `2026-02`, or `UNKNOWN`, which comes last."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    bucket: str = Field(pattern=BUCKET_PATTERN)
    request_count: int


@dataclass(frozen=True, slots=True)
class LicenseParameters:
    """Which requests count. `topics` are topics or files, none for all.

    Requests that the gateway answered itself (`source` is `kong`) may be left out. Of requests in `UNKNOWN` nobody can
    tell who answered: they stay in.
    """

    exclude_gateway_answers: bool = False
    topics: Sequence[str] = ()

    @property
    def query_parameters(self) -> dict[str, int | list[str]]:
        """The parameters of the report's SQL."""
        return {"exclude_gateway_answers": int(self.exclude_gateway_answers), "topics": list(self.topics)}


def monthly_buckets(client: Client, parameters: LicenseParameters) -> list[MonthlyBucket]:
    """The months that have requests, by month.

    Raises RetryableError or StopError as `fetch` does, and SettingsError for a topic that was never counted.
    """
    require_topics(client, parameters)
    rows = fetch(client, "license_report/months", parameters.query_parameters)
    return [MonthlyBucket.model_validate(row) for row in rows]


def license_parquet(client: Client, parameters: LicenseParameters) -> Iterator[bytes]:
    """The months as the pieces of a Parquet file. Raises as `fetch_parquet` and `require_topics` do."""
    require_topics(client, parameters)
    sql = parquet_sql(query_sql("license_report/months"), model_columns(MonthlyBucket, MonthlyBucket.model_fields))
    return fetch_parquet(client, "license_report/months", sql, parameters.query_parameters)


def require_topics(client: Client, parameters: LicenseParameters) -> None:
    """Raises SettingsError for a topic that was never counted, which would have no requests."""
    if parameters.topics:
        known = {row["topic"] for row in fetch(client, "license_report/known_topics", {})}
        for topic in parameters.topics:
            if topic not in known:
                raise SettingsError(
                    f"{shortened(topic)} was never counted here",
                    where="--topic",
                    do="name a topic or file as gatemeter verify prints it",
                )


def total_requests(buckets: Sequence[MonthlyBucket]) -> int:
    """The sum of all buckets, `UNKNOWN` too."""
    return sum(bucket.request_count for bucket in buckets)


def undated_requests(buckets: Sequence[MonthlyBucket]) -> int:
    """The requests whose month is not known."""
    return sum(bucket.request_count for bucket in buckets if bucket.bucket == UNKNOWN)
