"""`gatemeter report llm`."""

from collections.abc import Sequence
from pathlib import Path

import click

from gatemeter.cli.options.form import ResultForm, form_options
from gatemeter.cli.options.metering import currency_books, currency_option
from gatemeter.cli.options.store import store_options
from gatemeter.cli.options.usage import UsageOptions, by_option, usage_options, zone_caption
from gatemeter.cli.output import output, say_captions
from gatemeter.output.layout import PERIOD
from gatemeter.reports.currency import cost_currency
from gatemeter.reports.grouping import parse_groups
from gatemeter.reports.llm import DEFAULT_LLM_GROUPS, OTHER_LLM_GROUP_NAMES, LlmGroup, LlmParameters, LlmRow, llm_report
from gatemeter.wiring.store import open_store


@click.command("llm")
@store_options
@by_option(DEFAULT_LLM_GROUPS)
@usage_options()
@currency_option
@form_options
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
    with open_store(data, clickhouse) as client:
        parameters = LlmParameters(**usage.parameters(client), by=groups)
        currency = cost_currency(client, parameters, books)
        currency.require_one()
        rows = llm_report(client, parameters)
    layout = zone_caption(parameters.table(currency), parameters)
    if form.is_table:
        output([row.table_record(groups) for row in rows], LlmRow.table_columns(groups), form, layout)
    else:
        output([row.record(groups) for row in rows], LlmRow.columns(groups), form, layout)
        say_captions(currency.captions)
