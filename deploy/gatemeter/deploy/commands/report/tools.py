"""`gatemeter report tools`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gatemeter.deploy.commands.report.options import by_option, usage_options
from gatemeter.deploy.put_out import put_out
from gatemeter.deploy.result_options import form_options
from gatemeter.deploy.store import open_store
from gatemeter.deploy.store_options import store_options
from gatemeter.queries.grouping import PERIOD, parse_groups
from gatemeter.queries.output import OutputFormat
from gatemeter.queries.tools_report import (
    DEFAULT_TOOLS_GROUPS,
    OTHER_TOOLS_GROUP_NAMES,
    ToolsGroup,
    ToolsParameters,
    ToolsRow,
    tools_report,
)


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
