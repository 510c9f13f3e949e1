"""`gatemeter report tools`."""

from collections.abc import Sequence
from pathlib import Path

import click

from gatemeter.cli.options.form import ResultForm, form_options
from gatemeter.cli.options.store import store_options
from gatemeter.cli.options.usage import UsageOptions, by_option, usage_options, zone_caption
from gatemeter.cli.output import output
from gatemeter.output.layout import PERIOD
from gatemeter.reports.grouping import parse_groups
from gatemeter.reports.tools import (
    DEFAULT_TOOLS_GROUPS,
    OTHER_TOOLS_GROUP_NAMES,
    ToolsGroup,
    ToolsParameters,
    ToolsRow,
    tools_report,
)
from gatemeter.wiring.store import open_store


@click.command("tools")
@store_options
@by_option(DEFAULT_TOOLS_GROUPS)
@usage_options()
@form_options
def tools_command(
    data: Path | None, clickhouse: str | None, *, by: Sequence[str], form: ResultForm, usage: UsageOptions
) -> None:
    """Calls of agents to tools (MCP) and to other agents (A2A): errors, bytes, latency, distinct sessions.

    Columns to group by: kind, method, tool, task_state, consumer_id, service, route, workspace, error. Latencies are
    in milliseconds. A table lists the groups with the most calls first.
    """
    groups = parse_groups(by, ToolsGroup, OTHER_TOOLS_GROUP_NAMES, always_grouped=PERIOD)
    with open_store(data, clickhouse) as client:
        parameters = ToolsParameters(**usage.parameters(client), by=groups)
        rows = tools_report(client, parameters)
    layout = zone_caption(parameters.table, parameters)
    if form.is_table:
        output([row.table_record(groups) for row in rows], ToolsRow.table_columns(groups), form, layout)
    else:
        output([row.record(groups) for row in rows], ToolsRow.columns(groups), form, layout)
