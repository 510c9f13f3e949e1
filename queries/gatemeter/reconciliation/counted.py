"""What was counted here of calls to a provider's models, by hour."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.metrics.answer import group_rows
from gatemeter.metrics.filters import Filter
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.reconciliation.stated import Interval, Kind
from gatemeter.reports.absence import stored_hours
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.usage_parameters import AllowedRows
from gatemeter.reports.written_time import EARLIEST, LATEST
from gatemeter.schema import LLM_USAGE

FARTHEST_ZONE = timedelta(hours=14)
"""How far a day of any time zone begins from the day of UTC."""
_HOUR = timedelta(hours=1)
_PAID = "outcome in provider,blocked,unknown"
"""A provider is paid for no other calls; of `unknown` ones it may be."""
_LOGGED = {"aws": ("bedrock", "aws", "aws.bedrock", "bedrock_converse"), "azure": ("azure", "azure_ai")}
_GOOGLE = ("google", "gemini", "vertex", "vertex_ai", "gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai")
_METRICS: Mapping[str, Kind] = {
    "llm_calls": Kind.CALLS,
    "fresh_input_tokens": Kind.INPUT,
    "cached_tokens": Kind.CACHED,
    "cache_write_tokens": Kind.CACHE_WRITE,
    "cache_write_1h_tokens": Kind.CACHE_WRITE_1H,
    "plain_output_tokens": Kind.OUTPUT,
    "reasoning_tokens": Kind.OUTPUT,
    "audio_input_tokens": Kind.AUDIO_INPUT,
    "cached_audio_tokens": Kind.AUDIO_INPUT,
    "audio_output_tokens": Kind.AUDIO_OUTPUT,
}
_MONEY = ("llm_cost", "llm_cost_evidence_estimated")


@dataclass(frozen=True, slots=True)
class CountedHour:
    """What calls of one model used in an hour. `cost` and `estimated`, a part of it, are in `currency`."""

    hour: datetime
    model: tuple[str, str]
    """The requested and the answering one, '' where it is not told."""
    tokens: Mapping[Kind, Decimal]
    cost: Decimal
    estimated: Decimal
    currency: str
    unpriced_calls: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The hours that are counted around a span, and from when to when calls are stored at all."""

    hours: Sequence[CountedHour]
    stored: Interval | None


def fetch_counted(client: Client, provider: str, span: Interval) -> Counted:
    """The calls to `provider` that may be of `span` in any time zone. Raises as `group_rows` does."""
    names = _LOGGED.get(provider, _GOOGLE if provider == "google" else (provider,))
    start, end = _hour_before(span.start - FARTHEST_ZONE), _hour_before(span.end + FARTHEST_ZONE + _HOUR)
    query = MetricsQuery(
        period=Period.HOUR,
        span=TimeSpan(max(start, EARLIEST), min(end, LATEST)),
        metrics=(*_METRICS, *_MONEY),
        by=("request_model", "response_model", "cost_currency"),
        filters=(Filter.parse(f"provider in {','.join(names)}"), Filter.parse(_PAID)),
    )
    return Counted(list(_hours(group_rows(client, query))), _stored(client))


def _hours(rows: Sequence[Mapping[str, Any]]) -> Iterator[CountedHour]:
    for row in rows:
        tokens: dict[Kind, Decimal] = {}
        for name, kind in _METRICS.items():
            tokens[kind] = tokens.get(kind, Decimal(0)) + int(row[name])
        yield CountedHour(
            datetime.fromisoformat(row["period"]).astimezone(UTC),
            (row["request_model"], row["response_model"]),
            tokens,
            Decimal(row["llm_cost"] or 0),
            Decimal(row["llm_cost_evidence_estimated"] or 0),
            row["cost_currency"],
            int(row["unpriced_calls"]),
        )


def _stored(client: Client) -> Interval | None:
    found = stored_hours(client, LLM_USAGE.name, AllowedRows())
    return None if found is None else Interval(found.start, found.end)


def _hour_before(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
