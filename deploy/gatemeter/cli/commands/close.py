"""`gatemeter close`: the bills of a period, for good."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill_totals import total_notes
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closed_periods import rated_span
from gatemeter.billing.closing import next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.estimated_costs import estimate_notes
from gatemeter.billing.statement import dead_letter_notes
from gatemeter.billing.statement_store import store_statement
from gatemeter.cli.options.connections import kafka_option, store_options
from gatemeter.cli.options.plans import period_option, plans_option
from gatemeter.cli.options.prices import prices_option
from gatemeter.cli.output import say
from gatemeter.clock import SystemClock
from gatemeter.duration import parse_duration
from gatemeter.errors import ConflictError, SettingsError
from gatemeter.output.text import count_of
from gatemeter.plans.plan_files import load_plans
from gatemeter.pricing.book_files import price_table
from gatemeter.pricing.price_table import PriceTable
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.doubts import doubts
from gatemeter.verification.hours_to_close import differences_before_closing
from gatemeter.wiring.store import open_store
from gatemeter.wiring.topic_lag import open_ends

_MOST_CHARACTERS = 5


@click.command("close")
@store_options
@plans_option
@period_option()
@kafka_option(is_required=False)
@prices_option
@click.option(
    "--grace", metavar="LENGTH", default="3d", show_default=True, help="How long usage may come late: 3d, 12h."
)
@click.option(
    "--accept",
    type=click.Choice([each.value for each in Acceptance]),
    multiple=True,
    help="idle: partitions of which no later event has come; unpriced: events without a value; earlier: usage of "
    "periods before the first that is closed; unproven: usage that verify doubts. All are written into the statement.",
)
def command(
    data: Path | None,
    clickhouse: str | None,
    *,
    plans: Path,
    period: str,
    kafka: str | None,
    prices: tuple[Path, ...],
    grace: str,
    accept: Sequence[str],
) -> None:
    """Close a period: rate it, book corrections of earlier ones, and write a statement that never changes.

    It refuses while verify finds a difference or a doubt, while usage of the period may still come, and while something
    is not priced. Verify computes costs again by the price books that they were computed by, so give it yours. Usage
    that comes later becomes corrections in the next period that is closed. With --kafka, also of a gatemeter up,
    partitions of the topics are known that never had an event.
    """
    asked, book = BillingPeriod.parse(period), load_plans(plans)
    accepted = [Acceptance(each) for each in accept]
    books = price_table(prices)
    terms = Terms(SystemClock().now(), _length(grace), accepted, open_ends(data, kafka))
    with open_store(data, clickhouse) as client:
        statement = next_statement(client, book, asked, replace(terms, doubts_of=partial(doubts, client)))
        _require_verified(client, rated_span(statement), books)
        estimates = list(estimate_notes(client, book, asked))
        store_statement(client, statement)
    lines = len(statement.lines)
    say(f"{asked} is closed: statement {statement.number}, {lines} lines, sha256 {statement.sha256}", err=False)
    for each in total_notes(statement.lines, see_all=f"gatemeter statement show --period {asked} --by account"):
        say(each, err=False)
    for each in (*statement.accepted, *estimates):
        say(each)
    for each in dead_letter_notes(statement.dead_letters or ()):
        say(each)


def _require_verified(client: Client, hours: TimeSpan, prices: PriceTable) -> None:
    differences = differences_before_closing(client, hours, prices, pause=time.sleep)
    if differences:
        found = count_of(differences, "difference")
        raise ConflictError(f"verify finds {found}", do="run gatemeter verify, and mend what it finds")


def _length(text: str) -> timedelta:
    is_plain = len(text) <= _MOST_CHARACTERS and text == text.strip().lower()
    found = parse_duration(text, "hd") if is_plain else None
    if found is None:
        raise SettingsError(f"{text!r} is not a length of time", where="--grace", do="write 3d or 12h")
    return found
