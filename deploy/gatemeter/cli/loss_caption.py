"""What stands above a bill about requests that never arrived."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time

from clickhouse_connect.driver.client import Client

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.cli.output import ResultForm, say
from gatemeter.clickhouse.errors import is_forbidden
from gatemeter.errors import StopError
from gatemeter.losses.remembered import NOBODY_COMPARED, loss_sentence
from gatemeter.output.layout import TableLayout
from gatemeter.reports.period import TimeSpan


def with_loss(client: Client, span: TimeSpan, layout: TableLayout, form: ResultForm) -> TableLayout:
    """`layout` of a table with a caption about losses within `span`; beside other forms it is said on stderr.

    Raises as `loss_sentence` does, but for a login that may not read what was found.
    """
    said = _loss(client, span)
    if form.is_table:
        return replace(layout, captions=[*layout.captions, said])
    if said != NOBODY_COMPARED:
        say(said)
    return layout


def days_of(periods: Sequence[BillingPeriod], anchor_days: Iterable[int]) -> TimeSpan:
    """The days of billing periods in order, of all that begin on one of `anchor_days`, taken as days of UTC.

    Gateways' counters are compared by months of UTC: the hours by which a time zone is off touch none more.
    """
    days = list(anchor_days) or [1]
    first, end = periods[0].first_day(min(days)), periods[-1].following.first_day(max(days))
    begin, end_time = (datetime.combine(day, time(), UTC) for day in (first, end))
    return TimeSpan(begin, end_time)


def _loss(client: Client, span: TimeSpan) -> str:
    try:
        return loss_sentence(client, span)
    except StopError as error:
        if not is_forbidden(error):
            raise
        return "lost before they arrived: not known, this login may not read what gatemeter verify --against found"
