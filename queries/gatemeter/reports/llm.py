"""The LLM report: calls, tokens, what the gateway reported they cost and what the price book says, and latencies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clickhouse_connect.driver.client import Client

from gatemeter.reports.grouping import GroupedRow
from gatemeter.reports.query import fetch
from gatemeter.reports.usage_parameters import UsageParameters


class LlmGroup(StrEnum):
    """What calls to models can be told apart by."""

    CONSUMER_ID = "consumer_id"
    """The billing subject; `anonymous` for calls without a consumer."""
    PROVIDER = "provider"
    REQUEST_MODEL = "request_model"
    RESPONSE_MODEL = "response_model"
    OUTCOME = "outcome"
    """`provider`, `cache_hit`, `failed` or `unknown`; only the first is provider spend."""
    SERVICE = "service"
    """The service's name, else its id; so with routes and plugins."""
    ROUTE = "route"
    WORKSPACE = "workspace"
    PLUGIN = "plugin"
    CACHE_STATUS = "cache_status"


DEFAULT_LLM_GROUPS = (
    LlmGroup.CONSUMER_ID,
    LlmGroup.PROVIDER,
    LlmGroup.REQUEST_MODEL,
    LlmGroup.RESPONSE_MODEL,
    LlmGroup.OUTCOME,
)

OTHER_LLM_GROUP_NAMES: Mapping[str, LlmGroup] = {
    "consumer": LlmGroup.CONSUMER_ID,
    "model": LlmGroup.REQUEST_MODEL,
}


class LlmRow(GroupedRow):
    """One group in one period. Costs are exact decimal numbers as text, without exponent and trailing zeros.

    A cost is None where calls may have cost something and nothing is known of it; where only part is known it is the
    sum of that part, and `calls_without_reported_cost` and `unpriced_calls` say how many calls are missing from it.
    """

    calls: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int
    cost_reported: str | None
    cost_computed: str | None
    calls_without_reported_cost: int
    unpriced_calls: int
    count: int
    """Measured latencies of the model, which the next columns are of; None where there are none."""
    avg_ms: float | None
    min_ms: float | None
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    reasoning_tokens: int
    embeddings_tokens: int
    embeddings_cost: str | None
    cost_savings: str


@dataclass(frozen=True, slots=True)
class LlmParameters(UsageParameters):
    """`by` names any number of groups; none means one group of everything."""

    by: Sequence[LlmGroup] = DEFAULT_LLM_GROUPS


def llm_report(client: Client, parameters: LlmParameters) -> list[LlmRow]:
    """The rows by period and groups. Raises RetryableError or StopError as `fetch` does."""
    by = [group.value for group in parameters.by]
    rows = fetch(client, "llm", {"by": by, **parameters.query_parameters})
    return [LlmRow.model_validate(row) for row in rows]
