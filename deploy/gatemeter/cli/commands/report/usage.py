"""`gatemeter report billable`, `latency`, `llm` and `tools`: reports of usage, for chosen hours and consumers."""

from collections.abc import Sequence
from pathlib import Path

import click

from gatemeter.cli.loss_caption import with_loss
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.currency import currency_books, currency_option
from gatemeter.cli.options.usage import UsageOptions, by_option, usage_options, with_notes, zone_caption
from gatemeter.cli.output import ResultForm, chart_option, export_options, output, output_parquet, say_captions
from gatemeter.output.layout import PERIOD
from gatemeter.reports.billable import (
    BILLABLE_TABLE,
    BillableParameters,
    BillableRow,
    billable_parquet,
    billable_report,
)
from gatemeter.reports.currency import cost_currency
from gatemeter.reports.grouping import parse_groups
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, latency_parquet, latency_report
from gatemeter.reports.llm import (
    DEFAULT_LLM_GROUPS,
    OTHER_LLM_GROUP_NAMES,
    LlmGroup,
    LlmParameters,
    LlmRow,
    llm_parquet,
    llm_report,
)
from gatemeter.reports.tools import (
    DEFAULT_TOOLS_GROUPS,
    OTHER_TOOLS_GROUP_NAMES,
    ToolsGroup,
    ToolsParameters,
    ToolsRow,
    tools_parquet,
    tools_report,
)
from gatemeter.schema import AGENTIC_USAGE, API_USAGE, LLM_USAGE
from gatemeter.wiring.store import open_store


@click.command("billable")
@store_options
@usage_options()
@export_options
@chart_option
def billable_command(data: Path | None, clickhouse: str | None, *, form: ResultForm, usage: UsageOptions) -> None:
    """Requests, status classes and bytes per period and consumer.

    A table lists the consumers with the most requests first. JSON and CSV are ordered by period and consumer id.
    """
    with open_store(data, clickhouse, only_reads=True) as client:
        parameters = BillableParameters(**usage.parameters(client))
        if form.parquet is not None:
            output_parquet(billable_parquet(client, parameters), form.parquet)
            return
        layout = with_loss(client, parameters.span, zone_caption(BILLABLE_TABLE, parameters), form)
        rows = with_notes(client, parameters, API_USAGE.name, billable_report(client, parameters))
        output((row.model_dump() for row in rows), list(BillableRow.model_fields), form, layout)


@click.command("latency")
@store_options
@by_option([LatencyGroup.SERVICE])
@usage_options(default_period=None)
@export_options
@chart_option
def latency_command(
    data: Path | None, clickhouse: str | None, *, by: Sequence[str], form: ResultForm, usage: UsageOptions
) -> None:
    """Exact counts, means and extremes, and percentiles within 1 %, per group; in milliseconds.

    Columns to group by: service, route, consumer. A table shows three significant digits and the groups with the most
    requests first; JSON and CSV have full precision.
    """
    groups = parse_groups(by, LatencyGroup)
    with open_store(data, clickhouse, only_reads=True) as client:
        parameters = LatencyParameters(**usage.parameters(client), by=groups)
        if form.parquet is not None:
            output_parquet(latency_parquet(client, parameters), form.parquet)
            return
        layout = zone_caption(parameters.table, parameters)
        rows = with_notes(client, parameters, API_USAGE.name, latency_report(client, parameters))
        if form.is_table:
            output((parameters.table_record(row) for row in rows), parameters.table_columns, form, layout)
        else:
            output((parameters.record(row) for row in rows), parameters.columns, form, layout)


@click.command("llm")
@store_options
@by_option(DEFAULT_LLM_GROUPS)
@usage_options()
@currency_option
@export_options
@chart_option
def llm_command(
    data: Path | None,
    clickhouse: str | None,
    *,
    by: Sequence[str],
    prices: Sequence[Path],
    form: ResultForm,
    usage: UsageOptions,
) -> None:
    """Calls to language models: tokens, cost as reported by the gateway and as computed, and the models' latency.

    Columns to group by: consumer_id, provider, request_model, response_model, outcome, service, route, workspace,
    plugin, cache_status. An unknown cost is null, never 0; latencies are in milliseconds. A table lists what cost the
    most first.
    """
    groups = parse_groups(by, LlmGroup, OTHER_LLM_GROUP_NAMES, always_grouped=PERIOD)
    books = currency_books(prices)
    with open_store(data, clickhouse, only_reads=True) as client:
        parameters = LlmParameters(**usage.parameters(client), by=groups)
        currency = cost_currency(client, parameters, books)
        currency.require_rows_apart()
        if form.parquet is not None:
            output_parquet(llm_parquet(client, parameters), form.parquet)
            say_captions(currency.captions)
            return
        layout = zone_caption(parameters.table(currency), parameters)
        rows = with_notes(client, parameters, LLM_USAGE.name, llm_report(client, parameters))
        if form.is_table:
            output((row.table_record(groups) for row in rows), LlmRow.table_columns(groups), form, layout)
            return
        output((row.record(groups) for row in rows), LlmRow.columns(groups), form, layout)
        say_captions(currency.captions)


@click.command("tools")
@store_options
@by_option(DEFAULT_TOOLS_GROUPS)
@usage_options()
@export_options
@chart_option
def tools_command(
    data: Path | None, clickhouse: str | None, *, by: Sequence[str], form: ResultForm, usage: UsageOptions
) -> None:
    """Calls of agents to tools (MCP) and to other agents (A2A): errors, bytes, latency, distinct sessions.

    Columns to group by: kind, method, tool, task_state, consumer_id, service, route, workspace, error. Latencies are
    in milliseconds. A table lists the groups with the most calls first.
    """
    groups = parse_groups(by, ToolsGroup, OTHER_TOOLS_GROUP_NAMES, always_grouped=PERIOD)
    with open_store(data, clickhouse, only_reads=True) as client:
        parameters = ToolsParameters(**usage.parameters(client), by=groups)
        if form.parquet is not None:
            output_parquet(tools_parquet(client, parameters), form.parquet)
            return
        layout = zone_caption(parameters.table, parameters)
        rows = with_notes(client, parameters, AGENTIC_USAGE.name, tools_report(client, parameters))
        if form.is_table:
            output((row.table_record(groups) for row in rows), ToolsRow.table_columns(groups), form, layout)
        else:
            output((row.record(groups) for row in rows), ToolsRow.columns(groups), form, layout)
