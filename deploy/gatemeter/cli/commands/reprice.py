"""`gatemeter reprice`: compute stored costs again with the present price book."""

from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.options.metering import prices_option
from gatemeter.cli.options.result import put_out, span_options
from gatemeter.cli.options.store import store_options
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clickhouse.stored_rows import llm_usage_rows
from gatemeter.pricing.cost_derivation import amount_text
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.reprice import GroupCosts, Repricing
from gatemeter.reports.output import OutputFormat, Record
from gatemeter.reports.period import TimeSpan
from gatemeter.wiring.metering import price_table
from gatemeter.wiring.store import open_store

COLUMNS = (
    "consumer_id",
    "provider",
    "model",
    "calls",
    "cost_before",
    "cost_after",
    "difference",
    "unpriced_before",
    "unpriced_after",
    "embeddings_before",
    "embeddings_after",
    "savings_before",
    "savings_after",
)


@click.command("reprice", short_help="Compute stored costs again with the present price book.")
@store_options
@prices_option
@span_options
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option("--json", is_flag=True, help="A JSON list of objects.")
def command(
    data: Path | None, clickhouse: str | None, prices: tuple[Path, ...], span: TimeSpan, *, dry_run: bool, json: bool
) -> None:
    """Compute the costs of stored calls to models again, with the price book of this version and of --prices.

    The differences per consumer and model are shown before anything is written. Tokens, calls and what the gateway
    reported stay as they are. Give workers and `meter` the same --prices: what they count again gets their prices.
    """
    table = price_table(prices)
    with open_store(data, clickhouse) as client:
        difference = _run(client, span, table, write=False)
        put_out(_records(difference), COLUMNS, OutputFormat.JSON if json else OutputFormat.TABLE)
        changed = f"{difference.changed_count:,} of {difference.row_count:,} rows"
        if dry_run:
            click.echo(f"{changed} would change; nothing was written", err=True)
        elif difference.changed_count:
            written = _run(client, span, table, write=True)
            click.echo(f"{written.changed_count:,} of {written.row_count:,} rows have new costs now", err=True)
        else:
            click.echo(f"{changed} change; there was nothing to write", err=True)


def _run(client: Client, span: TimeSpan, prices: PriceTable, *, write: bool) -> Repricing:
    repricing, sink = Repricing(prices), ClickHouseSink(client)
    for columns in llm_usage_rows(client, span.parameters):
        rows = repricing.reprice(columns)
        if write and rows.row_count:
            sink.write([rows])
    return repricing


def _records(repricing: Repricing) -> list[Record]:
    return [
        {
            "consumer_id": group.consumer_id or "anonymous",
            "provider": group.provider,
            "model": group.model,
            "calls": difference.calls,
            "cost_before": _known_cost(difference.before),
            "cost_after": _known_cost(difference.after),
            "difference": amount_text(difference.after.cost_computed - difference.before.cost_computed),
            "unpriced_before": difference.before.unpriced_calls,
            "unpriced_after": difference.after.unpriced_calls,
            "embeddings_before": amount_text(difference.before.embeddings_cost),
            "embeddings_after": amount_text(difference.after.embeddings_cost),
            "savings_before": amount_text(difference.before.cost_savings),
            "savings_after": amount_text(difference.after.cost_savings),
        }
        for group, difference in sorted(repricing.differences.items())
    ]


def _known_cost(costs: GroupCosts) -> str | None:
    """The cost as text; None where the cost of no row is known."""
    return amount_text(costs.cost_computed) if costs.priced_rows else None
