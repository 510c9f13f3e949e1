"""The options of reports of usage; each decorator hands the command what it needs, checked and typed.

`gatemeter report billable`.

`gatemeter report latency`.

`gatemeter report llm`.

`gatemeter report tools`.
"""

import functools
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from gatemeter.cli.options.result import Command, form_options, put_out, span_options
from gatemeter.cli.options.store import store_options
from gatemeter.reports.billable import BillableParameters, BillableRow, billable_report
from gatemeter.reports.grouping import PERIOD, parse_groups
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, latency_columns, latency_report
from gatemeter.reports.llm import DEFAULT_LLM_GROUPS, OTHER_LLM_GROUP_NAMES, LlmGroup, LlmParameters, LlmRow, llm_report
from gatemeter.reports.output import OutputFormat
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.tools import (
    DEFAULT_TOOLS_GROUPS,
    OTHER_TOOLS_GROUP_NAMES,
    ToolsGroup,
    ToolsParameters,
    ToolsRow,
    tools_report,
)
from gatemeter.reports.usage_parameters import Subject
from gatemeter.wiring.store import open_store


def usage_options(command: Command) -> Command:
    """Add the options of a report of consumers' usage; `command` gets the fields of `UsageParameters`."""

    @click.option("--period", type=_choice(Period), default=Period.MONTH.value, show_default=True)
    @click.option("--consumer", metavar="NAME", multiple=True, help="Id, user name or custom id; may be repeated.")
    @click.option(
        "--subject",
        type=_choice(Subject),
        default=Subject.ID.value,
        show_default=True,
        help="The consumer's name to bill by; the id where there is none.",
    )
    @span_options
    @functools.wraps(command)
    def with_usage(*arguments: Any, period: str, consumer: Sequence[str], subject: str, **options: Any) -> Any:
        return command(*arguments, period=Period(period), consumers=consumer, subject=Subject(subject), **options)

    return with_usage


def by_option(default: Sequence[StrEnum]) -> Callable[[Command], Command]:
    """Add --by; the command gets `by`, texts for `parse_groups`."""
    return click.option(
        "--by",
        metavar="COLUMN,...",
        multiple=True,
        default=[group.value for group in default],
        show_default=True,
        help="What to group by; may be repeated.",
    )


def _choice(values: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([each.value for each in values])


@click.command("billable")
@store_options
@usage_options
@form_options
def billable_command(data: Path | None, clickhouse: str | None, *, form: OutputFormat, **usage: Any) -> None:
    """Requests, status classes and bytes per period and consumer."""
    with open_store(data, clickhouse) as client:
        rows = billable_report(client, BillableParameters(**usage))
    put_out([row.model_dump() for row in rows], list(BillableRow.model_fields), form)


@click.command("latency")
@store_options
@by_option([LatencyGroup.SERVICE])
@span_options
@form_options
def latency_command(
    data: Path | None, clickhouse: str | None, *, by: Sequence[str], span: TimeSpan, form: OutputFormat
) -> None:
    """Exact counts, means and extremes, and percentiles within 1 %, per group; in milliseconds.

    Columns to group by: service, route, consumer.
    """
    groups = parse_groups(by, LatencyGroup)
    with open_store(data, clickhouse) as client:
        rows = latency_report(client, LatencyParameters(groups, span))
    put_out([row.record(groups) for row in rows], latency_columns(groups), form)


@click.command("llm")
@store_options
@by_option(DEFAULT_LLM_GROUPS)
@usage_options
@form_options
def llm_command(
    data: Path | None, clickhouse: str | None, *, by: Sequence[str], form: OutputFormat, **usage: Any
) -> None:
    """Calls to language models: tokens, cost as reported by the gateway and as computed, and the models' latency.

    Columns to group by: consumer_id, provider, request_model, response_model, outcome, service, route, workspace,
    plugin, cache_status. A cost that is not known is null, never 0; latencies are in milliseconds.
    """
    groups = parse_groups(by, LlmGroup, OTHER_LLM_GROUP_NAMES, always_grouped=PERIOD)
    with open_store(data, clickhouse) as client:
        rows = llm_report(client, LlmParameters(**usage, by=groups))
    put_out([row.record(groups) for row in rows], LlmRow.columns(groups), form)


@click.command("tools")
@store_options
@by_option(DEFAULT_TOOLS_GROUPS)
@usage_options
@form_options
def tools_command(
    data: Path | None, clickhouse: str | None, *, by: Sequence[str], form: OutputFormat, **usage: Any
) -> None:
    """Calls of agents to tools (MCP) and to other agents (A2A): errors, bytes, latency, distinct sessions.

    Columns to group by: kind, method, tool, task_state, consumer_id, service, route, workspace, error. Latencies are
    in milliseconds.
    """
    groups = parse_groups(by, ToolsGroup, OTHER_TOOLS_GROUP_NAMES, always_grouped=PERIOD)
    with open_store(data, clickhouse) as client:
        rows = tools_report(client, ToolsParameters(**usage, by=groups))
    put_out([row.record(groups) for row in rows], ToolsRow.columns(groups), form)
