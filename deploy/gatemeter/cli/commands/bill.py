"""`gatemeter bill`: what accounts pay for a period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec
from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill_table import bill_layout
from gatemeter.billing.bill_totals import TOTAL_COLUMNS, TOTAL_LAYOUT, account_totals, total_notes
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import bill_of
from gatemeter.billing.consumer_shares import SHARE_COLUMNS, SHARE_LAYOUT, shared_bill
from gatemeter.billing.estimated_costs import estimate_notes
from gatemeter.billing.what_if import WHAT_IF_COLUMNS, WHAT_IF_LAYOUT, is_range, parse_periods, what_if
from gatemeter.cli.bill_lines import LINE_COLUMNS, line_records
from gatemeter.cli.loss_caption import days_of, with_loss
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.plans import PLAN_FILE, period_option, plan_or_plans_option
from gatemeter.cli.output import ResultForm, form_options, output, say_captions
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import SettingsError
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import Record
from gatemeter.plans.plan import PlanBook
from gatemeter.plans.plan_files import load_plans
from gatemeter.wiring.store import open_store


@click.command("bill")
@store_options
@plan_or_plans_option
@period_option("The period that begins in this month: 2026-02. A range, 2026-01..2026-06, compares plans.")
@click.option(
    "--current",
    type=PLAN_FILE,
    metavar="FILE",
    help="With a range, the plans now, for months that are not closed [default: those of the last statement].",
)
@click.option("--account", metavar="ID", help="Only this account.")
@click.option(
    "--by",
    cls=TableOnlyOption,
    type=click.Choice(["consumer", "account"]),
    help="consumer: share each amount out by what each consumer used; account: what each account pays in all.",
)
@form_options
def command(
    data: Path | None,
    clickhouse: str | None,
    *,
    plans: Path,
    period: str,
    current: Path | None,
    account: str | None,
    by: str | None,
    form: ResultForm,
) -> None:
    """Rate what accounts used in a period by their plans: one line a charge, with its formula.

    Until it is closed it is a preview: usage that comes later changes it. Of a closed period these are the lines of its
    statement, whatever the plan file says. An amount is rounded once a line, as the plan says, and a bill is the sum of
    its lines, which is said below them. What gateways counted and never arrived is said beside it (gatemeter verify
    --against).

    A range of periods compares: what the plan file would bring by account, month and charge, beside what was billed or,
    of months that are not closed, would be by the plans that hold now.
    """
    if is_range(period):
        if by is not None:
            raise SettingsError("--by shares out one bill", do="give one month, or leave --by out")
        _compare(data, clickhouse, parse_periods(period), load_plans(plans), current, account, form)
        return
    if current is not None:
        raise SettingsError("--current says what to compare with", do="give a range, as --period 2026-01..2026-06")
    asked, book = BillingPeriod.parse(period), load_plans(plans)
    with open_store(data, clickhouse, only_reads=True) as client:
        shown = _shared(client, book, asked, account) if by == "consumer" else _billed(client, book, asked, account, by)
        layout = with_loss(client, days_of([asked], _anchor_days(book, account)), shown.layout, form)
        estimates = list(estimate_notes(client, book, asked, account))
    output(shown.rows, shown.columns, form, layout)
    say_captions([*shown.notes, *estimates])


@dataclass(frozen=True, slots=True)
class _Shown:
    """`notes` stand below the table."""

    rows: Iterable[Record]
    columns: Sequence[str]
    layout: TableLayout
    notes: Sequence[str]


def _shared(client: Client, book: PlanBook, period: BillingPeriod, account: str | None) -> _Shown:
    shared = shared_bill(client, book, period, account)
    return _Shown(map(msgspec.structs.asdict, shared.shares), SHARE_COLUMNS, SHARE_LAYOUT, shared.notes)


def _billed(client: Client, book: PlanBook, period: BillingPeriod, account: str | None, by: str | None) -> _Shown:
    found = bill_of(client, book, period, account)
    notes = [*total_notes(found.lines, see_all="--by account"), *found.notes]
    if by == "account":
        totals = map(msgspec.structs.asdict, account_totals(found.lines))
        return _Shown(totals, TOTAL_COLUMNS, TOTAL_LAYOUT, notes)
    return _Shown(line_records(found.lines), LINE_COLUMNS, bill_layout(found.lines), notes)


def _compare(
    data: Path | None,
    clickhouse: str | None,
    periods: Sequence[BillingPeriod],
    book: PlanBook,
    current: Path | None,
    account: str | None,
    form: ResultForm,
) -> None:
    with open_store(data, clickhouse, only_reads=True) as client:
        compared = what_if(client, book, periods, load_plans(current) if current else None, account)
        layout = with_loss(client, days_of(periods, _anchor_days(book, account)), WHAT_IF_LAYOUT, form)
    output((row.record() for row in compared.rows), WHAT_IF_COLUMNS, form, layout)
    say_captions(compared.notes)


def _anchor_days(book: PlanBook, account: str | None) -> Sequence[int]:
    return [each.anchor_day for each in book.accounts if account in (None, each.id)]
