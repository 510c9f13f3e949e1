"""`gatemeter report llm`."""

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
from gatemeter.queries.llm_report import (
    DEFAULT_LLM_GROUPS,
    OTHER_LLM_GROUP_NAMES,
    LlmGroup,
    LlmParameters,
    LlmRow,
    llm_report,
)
from gatemeter.queries.output import OutputFormat


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
