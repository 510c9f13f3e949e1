"""`gatemeter query`: any metrics by any dimensions."""

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.usage import moment_options
from gatemeter.cli.output import (
    ResultForm,
    chart_option,
    export_options,
    output,
    output_parquet,
    say_captions,
    taken_form,
)
from gatemeter.clock import SystemClock
from gatemeter.errors import SettingsError
from gatemeter.metrics.answer import Answer, answer, streamed_answer
from gatemeter.metrics.answer_parquet import answer_parquet
from gatemeter.metrics.catalogue import dimensions, metrics
from gatemeter.metrics.comparison import BEFORE
from gatemeter.metrics.filters import Filter
from gatemeter.metrics.metrics_query import MetricsQuery, Order
from gatemeter.metrics.span import AskedSpan
from gatemeter.output.layout import PERIOD, TableLayout
from gatemeter.output.text import table_width
from gatemeter.reports.period import Period
from gatemeter.reports.usage_parameters import Subject
from gatemeter.reports.zoned_span import UTC_ZONE
from gatemeter.wiring.store import open_store

_WHOLE_SPAN = "none"
_GRANULARITIES = (_WHOLE_SPAN, *(each.value for each in Period))
_CATALOGUE_COLUMNS = ("name", "is", "type", "description")


def _list_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --list, which needs no store."""

    @click.option("--list", is_flag=True, help="List the metrics and dimensions, and end.")
    @functools.wraps(command)
    def with_list(*arguments: Any, **options: Any) -> Any:
        if not options.pop("list"):
            return command(*arguments, **options)
        form = taken_form(options)
        if form.parquet is not None:
            raise SettingsError("the list is not written as Parquet", where="--parquet", do="give --csv or --json")
        width = table_width(click.get_text_stream("stdout"))
        if form.is_table and form.to is None and not form.is_wide and width is not None:
            click.echo(catalogue_text(width), nl=False)
            return None
        output(_catalogue(), _CATALOGUE_COLUMNS, form, TableLayout(keys=("name",), never_cut=("name",)))
        return None

    return with_list


@click.command("query")
@_list_option
@store_options
@click.option("--metrics", "names", multiple=True, metavar="METRIC,...", help="What to tell; may be repeated.")
@click.option("--by", multiple=True, metavar="DIMENSION,...", help="What to group by; may be repeated.")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="TEXT",
    help="'status_class in 4xx,5xx', 'route not in a,b', 'service prefix pay', 'team empty' or 'team not empty'; "
    "may be repeated, and all of them must hold.",
)
@moment_options
@click.option("--last", metavar="LENGTH", help="Instead of --from and --to, the last 24h, 7d or 4w.")
@click.option("--compare", is_flag=True, help="Beside each metric its value in the time before, and the change.")
@click.option(
    "--tz", metavar="ZONE", default=UTC_ZONE, show_default=True, help="Time zone of periods, --from and --to."
)
@click.option(
    "--granularity",
    type=click.Choice(_GRANULARITIES),
    default=_WHOLE_SPAN,
    show_default=True,
    help="One row a group for each of these; weeks are ISO weeks, named by their Monday.",
)
@click.option("--order", metavar="COLUMN", help="Order by it, with - in front the greatest first.")
@click.option("--limit", type=click.IntRange(1), help="So many groups; all others are one.")
@click.option(
    "--subject",
    type=click.Choice([each.value for each in Subject]),
    default=Subject.ID.value,
    show_default=True,
    help="The consumer's name that the dimension consumer has; the id where there is none.",
)
@export_options
@chart_option
def command(
    data: Path | None,
    clickhouse: str | None,
    *,
    names: Sequence[str],
    by: Sequence[str],
    filters: Sequence[str],
    to: str | None,
    last: str | None,
    compare: bool,
    tz: str,
    granularity: str,
    order: str | None,
    limit: int | None,
    subject: str,
    form: ResultForm,
    **options: Any,
) -> None:
    """Ask for any metrics by any dimensions that rows of usage have; --list names them all.

    A latency is avg, min, max or any percentile, as latency_request_p99 or llm_latency_p99_9, in milliseconds and
    within 1 %. What is not known is null, never 0. A dimension that events do not give is Empty.
    """
    span = AskedSpan.parse(options.pop("from"), to, last, SystemClock().now(), is_compared=compare)
    query = MetricsQuery(  # what cannot be asked is refused before a store is opened
        metrics=_names(names, "--metrics") or ("request_count",),
        by=_names(by, "--by"),
        filters=[Filter.parse(each) for each in filters],
        order=Order.parse(order) if order else None,
        limit=limit,
        period=None if granularity == _WHOLE_SPAN else Period(granularity),
        subject=Subject(subject),
        time_zone=tz,
    )
    with open_store(data, clickhouse, only_reads=True) as client:
        zoned = span.of(client, query)
        if form.parquet is not None:
            output_parquet(answer_parquet(client, zoned), form.parquet)
        elif form.is_table:
            _print(answer(client, zoned), zoned, form)
        else:
            found = streamed_answer(client, zoned)
            output(found.rows, found.columns, form)
            say_captions(found.notes)


def _print(found: Answer, query: MetricsQuery, form: ResultForm) -> None:
    captions = [*found.notes, *(_not_in_charts(found, query) if form.is_chart else ())]
    output(found.rows, found.columns, form, query_layout(query, captions))
    if not found.rows:
        say_captions(found.notes)  # a table without rows has nothing above it


def query_layout(query: MetricsQuery, captions: Sequence[str] = ()) -> TableLayout:
    """How a table shows the answer to `query`, with `captions` above it."""
    counts = [name for name, each in query.found.items() if each.is_sum and each.type in ("count", "bytes")]
    amounts = [name for name, each in query.found.items() if each.type in ("money", "decimal")]
    return TableLayout(
        keys=(PERIOD, *query.by) if query.period else tuple(query.by),
        totals=counts,
        most_important=query.metrics[:1],
        money=dict.fromkeys((*amounts, *(name + BEFORE for name in amounts)), ""),  # each row names its currency
        captions=captions,
        charts=query.metrics,
        unit_columns={name: each.label for name, each in query.found.items() if each.type == "money" and each.label},
    )


def _not_in_charts(found: Answer, query: MetricsQuery) -> Iterator[str]:
    """What the charted metrics do not hold; a table has it in columns of its own."""
    for name in query.metrics:
        missing = query.found[name].missing
        count = sum(row[missing] or 0 for row in found.rows) if missing else 0
        if count and missing not in query.metrics:
            yield f"{count:,} {missing} are not in {name}"


def _names(texts: Sequence[str], flag: str) -> tuple[str, ...]:
    names = tuple(name.strip() for text in texts for name in text.split(","))
    if not all(names):
        raise SettingsError("a name is empty", where=flag, do="write names with a comma between them")
    return names


def catalogue_text(width: int) -> str:
    """The metrics and the dimensions for a terminal of so many columns, with whole descriptions behind the names."""
    formatter = click.HelpFormatter(width=width)
    for title, kind in (("Metrics", "metric"), ("Dimensions", "dimension")):
        described = [
            (f"{row['name']} ({row['type']})" if kind == "metric" else row["name"], row["description"])
            for row in _catalogue()
            if row["is"] == kind
        ]
        with formatter.section(title):
            formatter.write_dl(described)
    return formatter.getvalue()


def _catalogue() -> Iterator[dict[str, str]]:
    for name, metric in metrics().items():
        yield {"name": name, "is": "metric", "type": metric.type, "description": metric.description}
    for name, dimension in dimensions().items():
        yield {"name": name, "is": "dimension", "type": "text", "description": dimension.description}
