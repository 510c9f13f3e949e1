"""The tools report: what agents called over MCP and A2A, how often it failed, and how long it took."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clickhouse_connect.driver.client import Client

from gatemeter.output.layout import MissingCount, TableLayout
from gatemeter.reports.grouping import GroupedRow, table_fallbacks, table_keys
from gatemeter.reports.parquet import model_columns, period_column, report_parquet
from gatemeter.reports.stored_usage import fetch_usage
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.schema import AGENTIC_USAGE


class ToolsGroup(StrEnum):
    """What calls of agents can be grouped by."""

    KIND = "kind"
    """`mcp` or `a2a`."""
    METHOD = "method"
    TOOL = "tool"
    TASK_STATE = "task_state"
    CONSUMER_ID = "consumer_id"
    """The billing subject; `anonymous` for calls without a consumer."""
    SERVICE = "service"
    """The service's name, else its id; so with routes."""
    ROUTE = "route"
    WORKSPACE = "workspace"
    TEAM = "team"
    ORGANISATION = "organisation"
    ERROR = "error"


DEFAULT_TOOLS_GROUPS = (ToolsGroup.KIND, ToolsGroup.METHOD, ToolsGroup.TOOL, ToolsGroup.TASK_STATE)

OTHER_TOOLS_GROUP_NAMES: Mapping[str, ToolsGroup] = {"consumer": ToolsGroup.CONSUMER_ID}


class ToolsRow(GroupedRow):
    """One group in one period."""

    calls: int
    errors: int
    response_bytes: int | None
    """Of bodies; None where no call has a size."""
    count: int
    """Measured latencies, which the next columns describe; they are None where this is 0."""
    avg_ms: float | None
    min_ms: float | None
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    sessions: int
    """Distinct sessions; they cannot be added up over rows."""
    calls_without_response_bytes: int


@dataclass(frozen=True, slots=True)
class ToolsParameters(UsageParameters):
    """`by` names any number of groups; none means one group of everything."""

    by: Sequence[ToolsGroup] = DEFAULT_TOOLS_GROUPS

    @property
    def table(self) -> TableLayout:
        """The groups with the most calls first."""
        keys = table_keys(self.by, ToolsGroup.CONSUMER_ID)
        return TableLayout(
            columns=(*keys, ToolsGroup.CONSUMER_ID),
            keys=keys,
            first_left_out=(
                ToolsGroup.CONSUMER_ID,
                "calls_without_response_bytes",
                "min_ms",
                "p90_ms",
                "count",
                "avg_ms",
                "max_ms",
                "p95_ms",
                "response_bytes",
            ),
            most_important=("calls",),
            order_by=("calls",),
            totals=("calls", "errors", "response_bytes", "count", "calls_without_response_bytes"),
            missing_counts=(
                MissingCount("calls_without_response_bytes", "calls", "tell no response_bytes", "response_bytes"),
            ),
            fallbacks=table_fallbacks(self.by, ToolsGroup.CONSUMER_ID),
        )


def tools_report(client: Client, parameters: ToolsParameters) -> Iterator[ToolsRow]:
    """The rows by period and groups. Raises as `fetch_usage` does."""
    by = [group.value for group in parameters.by]
    rows = fetch_usage(client, "tools", parameters, table=AGENTIC_USAGE.name, by=by)
    return map(ToolsRow.model_validate, rows)


def tools_parquet(client: Client, parameters: ToolsParameters) -> Iterator[bytes]:
    """The same rows as the pieces of a Parquet file. Raises as `report_parquet` does."""
    by = [group.value for group in parameters.by]
    columns = model_columns(ToolsRow, ToolsRow.columns(by), by=by) | period_column(parameters.period)
    return report_parquet(client, "tools", parameters, columns, table=AGENTIC_USAGE.name, by=by)
