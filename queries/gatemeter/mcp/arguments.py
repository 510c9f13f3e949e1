"""What an agent can give each tool; the descriptions are in the schemas that a model reads."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatemeter.api.requests import MOST_GROUPS, BillableMembers, FilterRequest, Granularity, QueryMembers, SpanRequest
from gatemeter.errors import SettingsError
from gatemeter.explain.metric import ExplainedMetric
from gatemeter.output.text import shortened
from gatemeter.reports.period import Period, ReportPeriod
from gatemeter.reports.usage_parameters import Subject

MOST_ROWS = 200
_SHOWN_ROWS = 50
_LONGEST_NAME = 512
_MOST_METRICS = 20
_MOST_DIMENSIONS = 8
_MOST_FILTERS = 20

Model = TypeVar("Model", bound=BaseModel)
_Name = Annotated[str, Field(max_length=_LONGEST_NAME)]
_Offset = Annotated[int, Field(ge=0, le=1_000_000, strict=True, description="Leave out so many of the first rows.")]
_MostRows = Annotated[
    int, Field(ge=1, le=MOST_ROWS, strict=True, description="So many rows at most; the answer says what is left out.")
]
_Last = Annotated[
    str | None,
    Field(max_length=_LONGEST_NAME, description="In place of from and to: the hours up to now, as 24h, 7d or 4w."),
]


class CatalogueArguments(BaseModel):
    """Nothing, or a text to look for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contains: _Name = Field(
        default="", description="Only metrics with this in their name or description, as cost or latency."
    )


class QueryArguments(QueryMembers):
    """As `QueryMembers`, with fewer groups unless asked otherwise, and a page of the rows."""

    metrics: Annotated[list[_Name], Field(min_length=1, max_length=_MOST_METRICS)] = Field(
        default=["request_count"],
        description="Names from list_metrics. Any percentile of a latency is one, as latency_request_p99_9.",
    )
    by: Annotated[list[_Name], Field(max_length=_MOST_DIMENSIONS)] = Field(
        default=[], description="Dimensions to group by, from list_metrics; none adds everything up."
    )
    filters: Annotated[list[FilterRequest], Field(max_length=_MOST_FILTERS)] = Field(
        default=[], description="All of them must hold. empty and not empty take no values."
    )
    granularity: Granularity = Field(
        default=Granularity.NONE,
        description="A row for each of these periods; none adds the whole time up. minute: of the last days, two at "
        "most, of requests and their latencies by service, route, workspace, status and source.",
    )
    last: _Last = None
    limit: Annotated[int, Field(ge=1, le=MOST_GROUPS, strict=True)] | None = Field(
        default=20, description="So many groups; all others are one group, (all others), so that sums stay whole."
    )
    offset: _Offset = 0
    max_rows: _MostRows = _SHOWN_ROWS


class TopConsumersArguments(SpanRequest):
    """Which consumers have the most of a metric."""

    metric: _Name = Field(default="request_count", description="What to rank by, a name from list_metrics.")
    last: _Last = None
    subject: Subject = Field(
        default=Subject.USERNAME, description="Which of a consumer's names to show; the id where there is none."
    )
    limit: Annotated[int, Field(ge=1, le=100, strict=True)] = Field(
        default=10, description="So many consumers; all others are one row, (all others)."
    )


class BillableArguments(BillableMembers):
    """As `BillableMembers`, a page of the rows."""

    period: ReportPeriod = Field(default=Period.MONTH, description="A row for each consumer in each of these periods.")
    offset: _Offset = 0
    max_rows: _MostRows = _SHOWN_ROWS


class ExplainArguments(BaseModel):
    """Which number is to be explained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    consumer: Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME)] = Field(
        description="Whose number: id, user name or custom id; anonymous for requests without a consumer."
    )
    period: _Name = Field(description="Of when, in UTC: 2026, 2026-02, 2026-02-01 or 2026-02-01T10.")
    metric: ExplainedMetric = Field(
        default=ExplainedMetric.REQUESTS,
        description="Which number. requests and bytes are those of billable; meter needs the argument meter.",
    )
    meter: _Name | None = Field(default=None, description="The custom meter, by its name or as NAME@DECLARATION.")


def parse_arguments(model: type[Model], arguments: Mapping[str, Any]) -> Model:
    """The arguments of a tool. Raises SettingsError, which says what is wrong first and names what there is."""
    try:
        return model.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = shortened(".".join(str(part) for part in first["loc"]))
        known = ", ".join(schema_of(model)["properties"])
        raise SettingsError(first["msg"], where=place, do=f"the arguments are {known}") from None


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a tool's arguments."""
    schema = model.model_json_schema()
    schema.pop("description", None)
    schema.pop("title", None)
    for each in schema["properties"].values():
        each.pop("title", None)
    return schema
