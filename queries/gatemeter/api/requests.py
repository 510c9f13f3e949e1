"""What can be asked: the bodies and parameters of requests, and the questions that they are."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatemeter.api.paging import CURSOR_DESCRIPTION, CURSOR_PATTERN, MOST_ROWS, PAGE_SIZE_DESCRIPTION, Paged
from gatemeter.errors import SettingsError
from gatemeter.license_report.shapes import Shape
from gatemeter.metrics.filters import Filter, Operator
from gatemeter.metrics.metrics_query import MOST_DIMENSIONS, MOST_METRICS, MetricsQuery, Order
from gatemeter.metrics.span import AskedSpan
from gatemeter.output.text import shortened
from gatemeter.reports.billable import BillableParameters
from gatemeter.reports.period import Period, ReportPeriod, WrittenSpan
from gatemeter.reports.usage_parameters import AllowedRows, Subject
from gatemeter.reports.zoned_span import UTC_ZONE, span_in_zone

MOST_FILTERS = 20
MOST_GROUPS = 500
_MOST_NAMES = 1_000
_LONGEST_NAME = 512
_LONGEST_CURSOR = 4_096
_MOST_CONSUMERS = 100
"""As many fit into a request line."""
_MOST_TOPICS = 100
_MOST_HOURS = 100_000
_REPEATED = frozenset({"consumer", "topic"})

_CSV = Field(default=None, description="CSV, whatever Accept says.")
_PARQUET = Field(default=None, description="Parquet, whatever Accept says.")

Name = Annotated[str, Field(max_length=_LONGEST_NAME)]
Model = TypeVar("Model", bound=BaseModel)


class Granularity(StrEnum):
    """The periods of rows; none adds the whole span up."""

    NONE = "none"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def period(self) -> Period | None:
        """The period of reports."""
        return None if self is Granularity.NONE else Period(self.value)


class FilterRequest(BaseModel):
    """Rows whose dimension is in `values`, or begins with one of them; `empty` and `not empty` take no values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimension: Name
    operator: Operator
    values: Annotated[list[Name], Field(max_length=_MOST_NAMES)] = []

    def filter(self) -> Filter:
        """Raises SettingsError."""
        return Filter(self.dimension, self.operator, tuple(self.values))


class SpanRequest(BaseModel):
    """Hours from `from` up to, not including, `to`, in the time zone `tz`; an absent side is open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_: Name | None = Field(default=None, alias="from", description="2026-02, 2026-02-01 or 2026-02-01T10:00.")
    to: Name | None = Field(default=None, description="This time and all after it is left out; as `from`.")
    tz: Name = Field(default=UTC_ZONE, description="An IANA time zone, of whole hours from UTC.")
    subject: Subject = Field(default=Subject.ID, description="Which of a consumer's names is its billing subject.")

    def written_span(self) -> WrittenSpan:
        """Raises SettingsError for what no store could answer."""
        span = WrittenSpan.parse(self.from_, self.to)
        if self.tz == UTC_ZONE:
            span.in_utc()
        return span


class QueryMembers(SpanRequest):
    """Any metrics by any dimensions, as `gatemeter query` takes them."""

    metrics: Annotated[list[Name], Field(max_length=MOST_METRICS)] = ["request_count"]
    by: Annotated[list[Name], Field(max_length=MOST_DIMENSIONS)] = []
    filters: Annotated[list[FilterRequest], Field(max_length=MOST_FILTERS, description="All of them must hold.")] = []
    granularity: Granularity = Field(
        default=Granularity.NONE,
        description="minute: only of the last days, two days at most, for metrics and dimensions with by_minute.",
    )
    order: Name | None = Field(default=None, description="A column of the answer; with - in front the greatest first.")
    last: Name | None = Field(default=None, description="Instead of from and to, the last 24h, 7d or 4w.")
    compare: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Beside each metric its value in the time before, and the change."
    )
    limit: Annotated[int, Field(ge=1, le=MOST_GROUPS, strict=True)] | None = Field(
        default=None, description="So many groups; all others are one."
    )

    def query(self, allowed: AllowedRows) -> MetricsQuery:
        """The question, whose span is not known yet. Raises SettingsError."""
        return MetricsQuery(
            metrics=self.metrics,
            by=self.by,
            filters=[each.filter() for each in self.filters],
            order=Order.parse(self.order) if self.order else None,
            limit=self.limit,
            period=self.granularity.period,
            subject=self.subject,
            time_zone=self.tz,
            allowed=allowed,
        )

    def span(self, now: datetime) -> AskedSpan:
        """The hours, which the store tells of a time zone. Raises SettingsError for what no store could answer."""
        self.written_span()
        return AskedSpan.parse(self.from_, self.to, self.last, now, is_compared=self.compare)


class QueryRequest(QueryMembers, Paged):
    """A query over HTTP: all of the answer, or a page of it."""

    page_size: Annotated[int, Field(ge=1, le=MOST_ROWS, strict=True)] | None = Field(
        default=None, description=PAGE_SIZE_DESCRIPTION
    )


class BillableMembers(SpanRequest):
    """What the billable report is of, as `gatemeter report billable` takes it."""

    period: ReportPeriod = Period.MONTH
    consumer: Annotated[list[Name], Field(max_length=_MOST_CONSUMERS)] = Field(
        default=[], description="Id, user name or custom id; may be repeated."
    )

    def parameters(self, client: Client, allowed: AllowedRows) -> BillableParameters:
        """Raises as `span_in_zone` does."""
        return BillableParameters(
            period=self.period,
            span=span_in_zone(client, self.written_span(), self.tz),
            consumers=self.consumer,
            subject=self.subject,
            time_zone=self.tz,
            allowed=allowed,
        )


class BillableRequest(BillableMembers, Paged):
    """The parameters of the billable report over HTTP."""

    csv: bool | None = _CSV
    parquet: bool | None = _PARQUET
    next: Annotated[str, Field(max_length=_LONGEST_CURSOR, pattern=CURSOR_PATTERN)] | None = Field(
        default=None, description=CURSOR_DESCRIPTION
    )


class LicenseRequest(BaseModel):
    """The parameters of the license report, as `gatemeter report license` takes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    csv: bool | None = Field(default=None, description="The months alone, as CSV, whatever Accept says.")
    parquet: bool | None = Field(default=None, description="The months alone, as Parquet, whatever Accept says.")
    tar: bool | None = Field(default=None, description="The report in a tar, whatever Accept says.")
    shape: Shape = Field(default=Shape.V3_10, description="The shape of which version of the gateway.")
    exclude_gateway_answers: bool = Field(default=False, description="Leave out what the gateway answered itself.")
    control_plane: Name | None = Field(default=None, description="Whose entities, by id or name; the sum of all.")
    inventory_max_age_h: Annotated[int, Field(ge=0, le=_MOST_HOURS)] = Field(
        default=24, description="A note tells the age of an inventory that is older."
    )
    topic: Annotated[list[Name], Field(max_length=_MOST_TOPICS)] = Field(
        default=[], description="Requests of this topic or file alone; may be repeated."
    )


class DifferenceRequest(BaseModel):
    """Which snapshots to compare: two by their ids, or the last two of each control plane and source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    control_plane: Name | None = Field(default=None, description="The id or name of one; without it, of all.")
    before: Name | None = Field(default=None, description="The id of a snapshot, or its beginning; with `after`.")
    after: Name | None = Field(default=None, description="The id of a later snapshot, or its beginning.")


class UnusedRequest(BaseModel):
    """The parameters of the report of what nobody uses, as `gatemeter report unused` takes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_: Name | None = Field(default=None, alias="from", description="2026-02, 2026-02-01 or 2026-02-01T10:00.")
    to: Name | None = Field(default=None, description="This time and all after it is left out; as `from`.")
    tz: Name = Field(default=UTC_ZONE, description="An IANA time zone, of whole hours from UTC.")
    csv: bool | None = _CSV

    def written_span(self) -> WrittenSpan:
        """Raises SettingsError for what no store could answer."""
        span = WrittenSpan.parse(self.from_, self.to)
        if self.tz == UTC_ZONE:
            span.in_utc()
        return span


class QueryForm(BaseModel):
    """The parameters of a query, beside its body."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    csv: bool | None = _CSV
    parquet: bool | None = _PARQUET


class NoParameters(BaseModel):
    """Nothing can be asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parse_body(body: bytes) -> QueryRequest:
    """The question in a body. Raises SettingsError, which says what is wrong first."""
    try:
        found = QueryRequest.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error) from None
    # Of two members with one name the last would count, and who asks does not know.
    json.loads(body, object_pairs_hook=_different)
    return found


_NAMED_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>", re.ASCII)
"""How pydantic writes one of several allowed members of an enumeration."""


def _different(members: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in members]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SettingsError("it is given more than once", where=shortened(twice))
    return dict(members)


def parse_parameters(model: type[Model], parameters: Mapping[str, Sequence[str]]) -> Model:
    """The question in a query string. Raises SettingsError, which says what is wrong first."""
    for name, values in parameters.items():
        if len(values) > 1 and name not in _REPEATED:
            raise SettingsError("it is given more than once", where=shortened(name))
    given = {name: values if name in _REPEATED else values[0] for name, values in parameters.items()}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> SettingsError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = shortened(".".join(str(part) for part in first["loc"]))
    return SettingsError(_NAMED_MEMBER.sub(r"\1", first["msg"]), where=place)
