"""`gatemeter bill`: what accounts pay for a period."""

import dataclasses
from pathlib import Path

import click

from gatemeter.billing.bill import BillLine
from gatemeter.billing.bill_table import bill_layout
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import bill_of
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.plans import plans_option
from gatemeter.cli.output import ResultForm, form_options, output, say_captions
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.plans.plan_files import load_plans
from gatemeter.wiring.store import open_store


@click.command("bill")
@store_options
@plans_option
@click.option(
    "--period",
    cls=TableOnlyOption,
    required=True,
    metavar="MONTH",
    help="The period that begins in this month: 2026-02.",
)
@click.option("--account", metavar="ID", help="Only this account.")
@form_options
def command(
    data: Path | None, clickhouse: str | None, *, plans: Path, period: str, account: str | None, form: ResultForm
) -> None:
    """Rate what accounts used in a period by their plans: one line a charge, with its formula.

    Until it is closed it is a preview: usage that comes later changes it. Of a closed period these are the lines of its
    statement, whatever the plan file says. An amount is rounded once a line, as the plan
    says, and a bill is the sum of its lines.
    """
    asked, book = BillingPeriod.parse(period), load_plans(plans)
    with open_store(data, clickhouse, only_reads=True) as client:
        found = bill_of(client, book, asked, account)
    records = [dataclasses.asdict(line) for line in found.lines]
    output(records, [each.name for each in dataclasses.fields(BillLine)], form, bill_layout(found.lines))
    say_captions(found.notes)
