"""The LLM report: calls, tokens, what the gateway reported they cost and what the price book says, and latencies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clickhouse_connect.driver.client import Client

from gatemeter.output.layout import MissingCount, TableLayout
from gatemeter.reports.currency import CostCurrency
from gatemeter.reports.grouping import GroupedRow, table_fallbacks, table_keys
from gatemeter.reports.parquet import model_columns, period_column, report_parquet
from gatemeter.reports.stored_usage import fetch_usage
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.schema import LLM_USAGE


class LlmGroup(StrEnum):
    """What calls to models can be grouped by."""

    CONSUMER_ID = "consumer_id"
    """The billing subject; `anonymous` for calls without a consumer."""
    PROVIDER = "provider"
    REQUEST_MODEL = "request_model"
    RESPONSE_MODEL = "response_model"
    OUTCOME = "outcome"
    """`provider`, `blocked`, `cache_hit`, `failed` or `unknown`; only the first two are provider spend."""
    SERVICE = "service"
    """The service's name, else its id; so with routes and plugins."""
    ROUTE = "route"
    WORKSPACE = "workspace"
    TEAM = "team"
    ORGANISATION = "organisation"
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
    """One group in one period and one pair of currencies. Costs are exact decimal numbers as text, without exponent and
    trailing zeros; `cost_reported` is what of the reported costs was spent, and `cost_estimated` what of
    `cost_computed` is an estimate, of `estimated_calls` calls. Currencies are '' where they are not told.

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
    """Measured latencies of the model, which the next columns describe; they are None where this is 0."""
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
    cost_estimated: str
    estimated_calls: int
    cost_currency: str
    cost_reported_currency: str


_COMPUTED_COSTS = ("cost_computed", "embeddings_cost", "cost_savings", "cost_estimated")
_FIRST_LEFT_OUT = (
    *("cost_reported_currency", "cost_currency", "estimated_calls"),
    *("min_ms", "p90_ms", "count", "avg_ms", "max_ms", "embeddings_cost", "embeddings_tokens", "reasoning_tokens"),
    *("p95_ms", "cached_tokens", "cost_savings", "calls_without_reported_cost", "p99_ms", "p50_ms"),
    *("completion_tokens", "prompt_tokens", "cost_reported", "total_tokens", "cost_estimated", "unpriced_calls"),
)
_MISSING_COUNTS = (
    MissingCount("unpriced_calls", "calls", "are unpriced and not in the cost"),
    MissingCount("estimated_calls", "calls", "have a cost that is an estimate"),
    MissingCount("calls_without_reported_cost", "calls", "have no reported cost", measure="cost_reported"),
)
_TOTALS = (
    *("calls", "prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "cost_reported"),
    *("cost_computed", "calls_without_reported_cost", "unpriced_calls", "count", "reasoning_tokens"),
    *("embeddings_tokens", "embeddings_cost", "cost_savings", "cost_estimated", "estimated_calls"),
)


@dataclass(frozen=True, slots=True)
class LlmParameters(UsageParameters):
    """`by` names any number of groups; none means one group of everything."""

    by: Sequence[LlmGroup] = DEFAULT_LLM_GROUPS

    def table(self, currency: CostCurrency) -> TableLayout:
        """The groups that cost the most first. Costs of several currencies, or of an unknown one, have no total."""
        keys = (*table_keys(self.by, LlmGroup.CONSUMER_ID), *_currency_keys(currency))
        computed = dict.fromkeys(_COMPUTED_COSTS, currency.name)
        without_total = (
            *(() if currency.can_add_computed else _COMPUTED_COSTS),
            *(() if currency.can_add_reported else ("cost_reported",)),
        )
        return TableLayout(
            columns=(
                *keys,
                LlmGroup.CONSUMER_ID,
                "calls",
                "unpriced_calls",
                "cost_computed",
                "cost_estimated",
                "cost_reported",
                "total_tokens",
            ),
            keys=keys,
            first_left_out=(*_FIRST_LEFT_OUT, LlmGroup.CONSUMER_ID),
            most_important=("cost_computed", "calls"),
            charts=("calls", "cost_computed"),
            order_by=("cost_computed", "calls"),
            totals=[name for name in _TOTALS if name not in without_total],
            money={**computed, "cost_reported": currency.reported_name},
            fallbacks=table_fallbacks(self.by, LlmGroup.CONSUMER_ID),
            captions=currency.captions,
            column_captions={} if currency.reported_name else {"cost_reported": _reported_caption(currency)},
            missing_counts=_MISSING_COUNTS,
        )


def _currency_keys(currency: CostCurrency) -> tuple[str, ...]:
    """The columns that tell amounts of several currencies apart."""
    computed = () if currency.can_add_computed else ("cost_currency",)
    return computed if currency.can_add_reported else (*computed, "cost_reported_currency")


def _reported_caption(currency: CostCurrency) -> str:
    if currency.can_add_reported:
        return "cost_reported is in the currency of the gateway, which its log does not name"
    return "cost_reported is in several currencies: each row has one, and there is no total"


def llm_report(client: Client, parameters: LlmParameters) -> Iterator[LlmRow]:
    """The rows by period and groups. Raises as `fetch_usage` does."""
    by = [group.value for group in parameters.by]
    rows = fetch_usage(client, "llm", parameters, table=LLM_USAGE.name, by=by)
    return map(LlmRow.model_validate, rows)


def llm_parquet(client: Client, parameters: LlmParameters) -> Iterator[bytes]:
    """The same rows as the pieces of a Parquet file. Raises as `report_parquet` does."""
    by = [group.value for group in parameters.by]
    money = (*_COMPUTED_COSTS, "cost_reported")
    columns = model_columns(LlmRow, LlmRow.columns(by), by=by, money=money) | period_column(parameters.period)
    return report_parquet(client, "llm", parameters, columns, table=LLM_USAGE.name, by=by)
