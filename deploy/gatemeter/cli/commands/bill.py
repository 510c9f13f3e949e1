"""`gatemeter bill`: what accounts pay for a period."""

from pathlib import Path

import click
import msgspec

from gatemeter.billing.bill_table import BILL_COLUMNS, bill_layout
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import bill_of
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.plans import period_option, plans_option
from gatemeter.cli.output import ResultForm, form_options, output, say_captions
from gatemeter.plans.plan_files import load_plans
from gatemeter.wiring.store import open_store


@click.command("bill")
@store_options
@plans_option
@period_option()
@click.option("--account", metavar="ID", help="Only this account.")
@form_options
def command(
    data: Path | None, clickhouse: str | None, *, plans: Path, period: str, account: str | None, form: ResultForm
) -> None:
    """Rate what accounts used in a period by their plans: one line a charge, with its formula.

    Until it is closed it is a preview: usage that comes later changes it. Of a closed period these are the lines of its
    statement, whatever the plan file says. An amount is rounded once a line, as the plan says, and a bill is the sum of
    its lines.
    """
    asked, book = BillingPeriod.parse(period), load_plans(plans)
    with open_store(data, clickhouse, only_reads=True) as client:
        found = bill_of(client, book, asked, account)
    output(map(msgspec.structs.asdict, found.lines), BILL_COLUMNS, form, bill_layout(found.lines))
    say_captions(found.notes)
