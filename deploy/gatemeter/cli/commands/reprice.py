"""`gatemeter reprice`: compute stored costs again with the present price book."""

from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.metering import currency_books, prices_option
from gatemeter.cli.options.usage import span_options
from gatemeter.cli.output import ResultForm, json_form_options, output, say
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clickhouse.stored_rows import llm_usage_rows
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import Record
from gatemeter.pricing.book_files import price_table
from gatemeter.pricing.cost_derivation import amount_text
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.reprice import GroupCosts, Repricing
from gatemeter.reports.currency import CostCurrency, cost_currency
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.schema.usage import OTHER_NAMES
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
    "reason",
    "price_version",
)

_TOTALS = ("calls", "cost_after", "unpriced_before", "unpriced_after", "embeddings_after", "savings_after")
_TOTALS_OF_ONE_CURRENCY = ("cost_before", "difference", "embeddings_before", "savings_before")


@click.command("reprice", short_help="Compute stored costs again with the present price book.")
@store_options
@prices_option
@span_options
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@json_form_options
def command(
    data: Path | None,
    clickhouse: str | None,
    prices: tuple[Path, ...],
    span: TimeSpan,
    *,
    dry_run: bool,
    form: ResultForm,
) -> None:
    """Compute the costs of stored calls to models again, with the price book of this version and of --prices.

    The differences per consumer, provider, model and reason are shown before anything is written. Tokens, calls and
    what the gateway reported stay as they are: only `rebuild` changes how tokens are counted. Give workers and `meter`
    the same --prices: what they count again gets their prices.
    """
    table, books = price_table(prices), currency_books(prices)
    with open_store(data, clickhouse) as client:
        difference = _run(client, span, table, write=False)
        before = cost_currency(client, UsageParameters(span=span), books)
        records = _records(difference, is_comparable=_is_comparable(before, table.currency))
        output(records, COLUMNS, form, _layout(before, table.currency))
        if difference.folded_count:
            say(
                f"{difference.folded_count:,} rows keep their costs: the names of their models were not kept "
                f"({OTHER_NAMES})"
            )
        changed = f"{difference.changed_count:,} of {difference.row_count:,} rows"
        if difference.currency_count:
            say(f"{difference.currency_count:,} rows have the same costs, and only their currency was not told before")
        if dry_run:
            click.echo(f"{changed} would change; nothing was written", err=True)
        elif difference.changed_count or difference.currency_count:
            written = _run(client, span, table, write=True)
            click.echo(f"{written.changed_count:,} of {written.row_count:,} rows have new costs now", err=True)
        else:
            click.echo(f"{changed} change; there was nothing to write", err=True)


def _is_comparable(before: CostCurrency, currency: str) -> bool:
    """Whether no price book knows a stored cost to be in another currency than `currency`."""
    return not set(before.all_known) - {currency}


def _layout(before: CostCurrency, currency: str) -> TableLayout:
    """Costs after are in `currency`; so is a difference where costs before are known to be."""
    after_costs = dict.fromkeys(("cost_after", "embeddings_after", "savings_after"), currency)
    before_costs = dict.fromkeys(("cost_before", "embeddings_before", "savings_before"), before.name)
    difference = currency if before.name == currency else ""
    is_one_currency = before.name in ("", currency) and not before.unknown_versions
    return TableLayout(
        keys=("consumer_id", "provider", "model", "reason"),
        most_important=("calls", "difference", "cost_after"),
        first_left_out=("price_version", "savings_before", "savings_after", "embeddings_before", "embeddings_after"),
        order_by=("cost_after", "calls"),
        totals=(*_TOTALS, *(_TOTALS_OF_ONE_CURRENCY if is_one_currency else ())),
        money={**before_costs, **after_costs, "difference": difference},
        captions=_captions(before, currency),
    )


def _captions(before: CostCurrency, currency: str) -> tuple[str, ...]:
    if not _is_comparable(before, currency):
        return ("costs before are in another currency, so there is no difference",)
    if before.unknown_versions:
        return (f"the difference is one only if costs before are in {currency} too: {before.unknown_text}",)
    return ()


def _run(client: Client, span: TimeSpan, prices: PriceTable, *, write: bool) -> Repricing:
    repricing, sink = Repricing(prices), ClickHouseSink(client)
    for columns in llm_usage_rows(client, span.parameters):
        rows = repricing.reprice(columns)
        if write and rows.row_count:
            sink.write([rows])
    return repricing


def _records(repricing: Repricing, *, is_comparable: bool) -> list[Record]:
    return [
        {
            "consumer_id": group.consumer_id or "anonymous",
            "provider": group.provider,
            "model": group.model,
            "calls": difference.calls,
            "cost_before": _known_cost(difference.before),
            "cost_after": _known_cost(difference.after),
            "difference": amount_text(difference.after.cost_computed - difference.before.cost_computed)
            if is_comparable
            else None,
            "unpriced_before": difference.before.unpriced_calls,
            "unpriced_after": difference.after.unpriced_calls,
            "embeddings_before": amount_text(difference.before.embeddings_cost),
            "embeddings_after": amount_text(difference.after.embeddings_cost),
            "savings_before": amount_text(difference.before.cost_savings),
            "savings_after": amount_text(difference.after.cost_savings),
            "reason": group.reason,
            "price_version": group.price_version,
        }
        for group, difference in sorted(repricing.differences.items())
    ]


def _known_cost(costs: GroupCosts) -> str | None:
    """The cost as text; None where the cost of no row is known."""
    return amount_text(costs.cost_computed) if costs.priced_rows else None
