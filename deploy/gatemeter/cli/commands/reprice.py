"""`gatemeter reprice`: compute stored costs again with the present price book."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from operator import itemgetter
from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.currency import currency_books
from gatemeter.cli.options.prices import prices_option
from gatemeter.cli.options.usage import span_options
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clickhouse.stored_rows import llm_usage_rows
from gatemeter.output.layout import TableLayout
from gatemeter.output.placeholders import subject_of_id
from gatemeter.output.records import Record
from gatemeter.pricing.book_files import price_table
from gatemeter.pricing.cost_derivation import amount_text
from gatemeter.pricing.reprice import CostDifference, GroupCosts, PricedGroup, Repricing
from gatemeter.reports.currency import CostCurrency, cost_currency, currency_of
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
    "currency_before",
    "currency_after",
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
@form_options
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

    The differences per consumer, provider, model, reason and currency are shown before anything is written. Tokens,
    calls and what the gateway reported stay as they are: only `rebuild` changes how tokens are counted. Give workers
    and `meter` the same --prices: what they count again gets their prices.
    """
    table, books = price_table(prices), currency_books(prices)
    with open_store(data, clickhouse) as client:
        difference = _run(client, span, Repricing(table, cache(lambda version: currency_of([version], books).name)))
        before = cost_currency(client, UsageParameters(span=span), books)
        output(_records(difference), COLUMNS, form, _layout(before, table.currency, difference))
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
            written = _run(client, span, Repricing(table), ClickHouseSink(client))
            click.echo(f"{written.changed_count:,} of {written.row_count:,} rows have new costs now", err=True)
        else:
            click.echo(f"{changed} change; there was nothing to write", err=True)


def _layout(before: CostCurrency, currency: str, repricing: Repricing) -> TableLayout:
    """Costs after are in `currency`; so is a difference where costs before are known to be."""
    after_costs = dict.fromkeys(("cost_after", "embeddings_after", "savings_after"), currency)
    before_costs = dict.fromkeys(("cost_before", "embeddings_before", "savings_before"), before.name)
    difference = currency if before.name == currency else ""
    is_one_currency = before.name in ("", currency) and before.can_add_computed
    currency_keys = () if before.can_add_computed else ("currency_before",)
    return TableLayout(
        keys=("consumer_id", "provider", "model", "reason", *currency_keys),
        most_important=("calls", "difference", "cost_after"),
        first_left_out=(
            *("price_version", "currency_after", "currency_before"),
            *("savings_before", "savings_after", "embeddings_before", "embeddings_after"),
        ),
        order_by=("cost_after", "calls"),
        totals=(*_TOTALS, *(_TOTALS_OF_ONE_CURRENCY if is_one_currency else ())),
        money={**before_costs, **after_costs, "difference": difference},
        captions=tuple(_captions(before, currency, repricing)),
    )


def _captions(before: CostCurrency, currency: str, repricing: Repricing) -> Iterator[str]:
    others = set(before.all_known) - {currency}
    if others and currency in before.all_known:
        yield f"costs before in {' and '.join(sorted(others))} have no difference: costs after are in {currency}"
    elif others:
        yield "costs before are in another currency, so there is no difference"
    if len(before.all_known) > 1:
        yield f"all costs before: {_totals_text(repricing)}"
    if before.unknown_versions:
        yield f"the difference is one only if costs before are in {currency} too: {before.unknown_text}"


def _totals_text(repricing: Repricing) -> str:
    """The costs before of each known currency: `2 EUR and 3 GBP`."""
    totals: Counter[str] = Counter()
    for group, difference in repricing.differences.items():
        if group.currency_before:
            totals[group.currency_before] += difference.before.cost_computed
    return " and ".join(f"{amount_text(totals[currency])} {currency}" for currency in sorted(totals)) or "none"


def _run(client: Client, span: TimeSpan, repricing: Repricing, sink: ClickHouseSink | None = None) -> Repricing:
    """Price the rows of `span` again, and write those that change to `sink`."""
    for columns in llm_usage_rows(client, span.parameters):
        rows = repricing.reprice(columns)
        if sink is not None and rows.row_count:
            sink.write([rows])
    return repricing


def _records(repricing: Repricing) -> list[Record]:
    return [
        _record(group, difference) for group, difference in sorted(repricing.differences.items(), key=itemgetter(0))
    ]


def _record(group: PricedGroup, difference: CostDifference) -> Record:
    before, after = difference.before, difference.after
    return {
        "consumer_id": subject_of_id(group.consumer_id),
        "provider": group.provider,
        "model": group.model,
        "calls": difference.calls,
        "cost_before": _known_cost(before),
        "cost_after": _known_cost(after),
        "difference": amount_text(after.cost_computed - before.cost_computed) if group.is_comparable else None,
        "unpriced_before": before.unpriced_calls,
        "unpriced_after": after.unpriced_calls,
        "embeddings_before": amount_text(before.embeddings_cost),
        "embeddings_after": amount_text(after.embeddings_cost),
        "savings_before": amount_text(before.cost_savings),
        "savings_after": amount_text(after.cost_savings),
        "currency_before": group.currency_before or None,
        "currency_after": group.currency_after,
        "reason": group.reason,
        "price_version": group.price_version,
    }


def _known_cost(costs: GroupCosts) -> str | None:
    """The cost as text; None where the cost of no row is known."""
    return amount_text(costs.cost_computed) if costs.priced_rows else None
