"""`gatemeter explain`: from a number to its events, and from an event to how it was counted."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.cli.commands.explain.event import show_event
from gatemeter.cli.commands.explain.line import show_line
from gatemeter.cli.commands.explain.number import NumberQuery, show_number
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.currency import currency_books, currency_option
from gatemeter.cli.options.log import LogPlace, log_options
from gatemeter.cli.options.plans import PLAN_FILE
from gatemeter.cli.output import ResultForm, json_form_options
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import ExitCode, SettingsError
from gatemeter.explain.bill_line import explain_line
from gatemeter.explain.event import EventQuery
from gatemeter.explain.metric import ExplainedMetric
from gatemeter.plans.plan import PlanBook
from gatemeter.plans.plan_files import load_plans
from gatemeter.reports.currency import CostCurrency, cost_currency
from gatemeter.reports.meters import MetersParameters, require_one_sum
from gatemeter.reports.period import Period, TimeSpan, parse_period
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.wire.event_location import EventLocation
from gatemeter.wiring.store import open_store


@click.command("explain", short_help="Walk from a number to its events, or say how an event was counted.")
@log_options
@store_options
@click.option("--consumer", cls=TableOnlyOption, metavar="NAME", help="Whose number: id, user name or custom id.")
@click.option(
    "--period", cls=TableOnlyOption, metavar="WHEN", help="Of when: 2026, 2026-02, 2026-02-01 or 2026-02-01T10 (UTC)."
)
@click.option(
    "--metric",
    type=click.Choice([metric.value for metric in ExplainedMetric]),
    default=ExplainedMetric.REQUESTS.value,
    show_default=True,
    help="Which number.",
)
@click.option(
    "--meter",
    cls=TableOnlyOption,
    metavar="NAME",
    help="The value of a custom meter; NAME@DECLARATION where it has several.",
)
@click.option(
    "--samples", type=click.IntRange(0, 1000), default=3, show_default=True, help="Events to show of each range."
)
@click.option("--event", metavar="ID", help="The event with this id, as its log has it.")
@click.option("--source", metavar="TEXT", help="The source of the CloudEvent --event, which is part of its identity.")
@click.option(
    "--place",
    "event_place",
    metavar="PLACE",
    envvar="GATEMETER_PLACE",
    help="The event that stands here: LOG:PARTITION:OFFSET:LINE:INDEX.",
)
@click.option(
    "--line",
    metavar="ID",
    help="The line of a bill with this id, as bill --json, statement show --json and exports print it.",
)
@click.option(
    "--plans",
    cls=TableOnlyOption,
    type=PLAN_FILE,
    metavar="FILE",
    envvar="GATEMETER_PLANS",
    help="For a --line of a period that is not closed: the plan file, with --period.",
)
@currency_option
@json_form_options
def command(
    place: LogPlace,
    data: Path | None,
    clickhouse: str | None,
    *,
    consumer: str | None,
    period: str | None,
    metric: str,
    meter: str | None,
    samples: int,
    event: str | None,
    source: str | None,
    event_place: str | None,
    line: str | None,
    plans: Path | None,
    prices: tuple[Path, ...],
    form: ResultForm,
) -> None:
    """Explain a number (--consumer and --period), an event (--event or --place), or a line of a bill (--line).

    A number is taken apart into the ranges of the logs that it was counted from, and into corrections; while the event
    ledger is kept, with events of each. Of an event every place is shown where it was read, and what became of it
    there. With FILE... or --kafka its text is shown too, without credentials and addresses. Of a line its prices, its
    formula and its hours are shown, where its events are, how to list them, and what is stored now.
    """
    if line is not None:
        _require_line_alone(consumer, event, event_place)
        with open_store(data, clickhouse, only_reads=True) as client:
            of_bill = explain_line(client, line, *_preview(plans, period))
        _end(show_line(of_bill, _store_arguments(data), form))
        return
    query = _event_query(consumer, period, event, source, event_place)
    if query is not None:
        with open_store(data, clickhouse, only_reads=True) as client:
            show_event(client, query, place, json=not form.is_table)
        return
    kind, span = parse_period(period or "")
    explained = ExplainedMetric(metric) if meter is None else ExplainedMetric.METER
    usage = _usage(kind, span, consumer or "", explained, meter)
    with open_store(data, clickhouse, only_reads=True) as client:
        if isinstance(usage, MetersParameters):
            require_one_sum(client, usage)
        currency = _currency(client, explained, usage, prices)
        number = NumberQuery(explained, usage, period or "", samples, _store_arguments(data), currency)
        exit_code = show_number(client, number, form)
    _end(exit_code)


def _end(exit_code: ExitCode) -> None:
    if exit_code is not ExitCode.OK:
        click.get_current_context().exit(exit_code)


def _require_line_alone(*others: str | None) -> None:
    if any(other is not None for other in others):
        raise SettingsError("--line is given beside another thing to explain", do="give one of them")


def _preview(plans: Path | None, period: str | None) -> tuple[PlanBook | None, BillingPeriod | None]:
    """Where to look for a line that is not closed."""
    return load_plans(plans) if plans and period else None, BillingPeriod.parse(period) if period else None


def _usage(
    period: Period, span: TimeSpan, consumer: str, metric: ExplainedMetric, meter: str | None
) -> UsageParameters:
    if metric is not ExplainedMetric.METER:
        return UsageParameters(period, span, consumers=[consumer])
    if not meter:
        raise SettingsError("--meter is missing", do="name the meter whose value is to be explained")
    return MetersParameters(period, span, consumers=[consumer], by=(), meters=(meter,))


def _currency(client: Client, metric: ExplainedMetric, usage: UsageParameters, prices: Sequence[Path]) -> CostCurrency:
    """What is known of the currency of the number; empty if it is not an amount. Raises ConflictError for two."""
    if metric is ExplainedMetric.LLM_COST_REPORTED:
        reported = cost_currency(client, usage, ())
        reported.require_one_reported()
        return CostCurrency(reported=reported.reported)
    if metric is not ExplainedMetric.LLM_COST_COMPUTED:
        return CostCurrency()
    currency = cost_currency(client, usage, currency_books(prices))
    currency.require_one()
    return currency


def _event_query(
    consumer: str | None, period: str | None, event: str | None, source: str | None, event_place: str | None
) -> EventQuery | None:
    """The event that the options ask for, or None if they ask for a number. Raises SettingsError if they do neither."""
    is_number = consumer is not None or period is not None
    if is_number + (event is not None) + (event_place is not None) != 1:
        raise SettingsError(
            "it is not clear what to explain", do="give --consumer and --period, or --event, or --place, or --line"
        )
    if is_number and not (consumer and period):
        missing = "--period" if consumer else "--consumer"
        raise SettingsError(f"{missing} is missing", do="a number is explained for a consumer and a period")
    if event is not None and not event.strip():
        raise SettingsError("is empty", where="--event", do="give the id as the event has it")
    if source is not None and event is None:
        raise SettingsError("--source is given without --event", do="give the id of the CloudEvent too")
    if is_number:
        return None
    return EventQuery(event or "", source, None if event_place is None else _parsed(event_place))


def _parsed(place: str) -> EventLocation:
    try:
        return EventLocation.parse(place)
    except SettingsError as error:
        how = "copy a place from the events that gatemeter explain --consumer NAME --period WHEN shows"
        raise SettingsError(error.what, where="--place", do=how) from error


def _store_arguments(data: Path | None) -> str:
    """The options that name the store, for a command to copy; a URL is left out because it holds a password."""
    return "--clickhouse URL" if data is None else f"--data {shlex.quote(str(data))}"
