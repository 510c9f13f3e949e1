"""`gatemeter bill`: what accounts pay for a period."""

from pathlib import Path

import click
import msgspec

from gatemeter.billing.bill_table import BILL_COLUMNS, bill_layout
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import bill_of
from gatemeter.billing.consumer_shares import SHARE_COLUMNS, SHARE_LAYOUT, shared_bill
from gatemeter.billing.what_if import WHAT_IF_COLUMNS, WHAT_IF_LAYOUT, is_range, parse_periods, what_if
from gatemeter.cli.loss_caption import days_of, with_loss
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.plans import PLAN_FILE, period_option, plan_or_plans_option
from gatemeter.cli.output import ResultForm, form_options, output, say_captions
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import SettingsError
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
    type=click.Choice(["consumer"]),
    help="Share each amount out by what each consumer used.",
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
    its lines. What gateways counted and never arrived is said beside it (gatemeter verify --against).

    A range of periods compares: what the plan file would bring by account, month and charge, beside what was billed or,
    of months that are not closed, would be by the plans that hold now.
    """
    if is_range(period):
        if by is not None:
            raise SettingsError("--by shares out one bill", do="give one month, or leave --by out")
        periods, other = parse_periods(period), load_plans(plans)
        with open_store(data, clickhouse, only_reads=True) as client:
            compared = what_if(client, other, periods, load_plans(current) if current else None, account)
        output((row.record() for row in compared.rows), WHAT_IF_COLUMNS, form, WHAT_IF_LAYOUT)
        say_captions(compared.notes)
        return
    if current is not None:
        raise SettingsError("--current says what to compare with", do="give a range, as --period 2026-01..2026-06")
    asked, book = BillingPeriod.parse(period), load_plans(plans)
    if by is not None:
        with open_store(data, clickhouse, only_reads=True) as client:
            shared = shared_bill(client, book, asked, account)
        output(map(msgspec.structs.asdict, shared.shares), SHARE_COLUMNS, form, SHARE_LAYOUT)
        say_captions(shared.notes)
        return
    with open_store(data, clickhouse, only_reads=True) as client:
        found = bill_of(client, book, asked, account)
        billed = [each.anchor_day for each in book.accounts if account in (None, each.id)]
        layout = with_loss(client, days_of(asked, billed), bill_layout(found.lines), form)
    output(map(msgspec.structs.asdict, found.lines), BILL_COLUMNS, form, layout)
    say_captions(found.notes)
