"""Usage that a new plan file gives to another account, in hours that only one of the two has in a closed period.

A file may move a consumer without naming it in both accounts: it names one whose team or workspace had an account, or
the other way round. Where the periods of the two accounts end at different times, the hours between would be billed
twice, or never. Which consumers those are only the stored rows tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import CONSUMER, AccountIndex
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.errors import ConflictError
from gatemeter.metrics.answer import group_rows
from gatemeter.metrics.catalogue import metric
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.text import shortened
from gatemeter.plans.charge import Flat
from gatemeter.plans.plan import Account, PlanBook
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import Subject

_MOST_NAMED = 3


def require_no_moves(client: Client, before: PlanBook, after: PlanBook, closed: BillingPeriod) -> None:
    """Raise ConflictError for usage that `after` moves across the end of `closed`, which `before` closed.

    Raises as `group_rows` does.
    """
    if moves := moved_usage(client, before, after, closed):
        more = f", and {len(moves) - _MOST_NAMED} more" if len(moves) > _MOST_NAMED else ""
        raise ConflictError(
            f"hours would be billed twice, or never: {'; '.join(moves[:_MOST_NAMED])}{more}",
            where=f"--plans, beside the statement of {closed}",
            do="move names only between accounts that have the same time_zone and anchor_day",
        )


def moved_usage(client: Client, before: PlanBook, after: PlanBook, closed: BillingPeriod) -> Sequence[str]:
    """What usage moves, as sentences; empty where nothing does. Raises as `group_rows` does."""
    spans = [closed.spans(client, book.accounts) for book in (before, after)]
    ends = sorted({each.end for by_id in spans for each in by_id.values()})
    if len(ends) <= 1:
        return []
    if before.subject != after.subject:
        return [f"consumers are named by {after.subject}, and were by {before.subject}"]
    move = _Moves(before, after, closed, *({name: each.end for name, each in by_id.items()} for by_id in spans))
    return sorted({said for hours in pairwise(ends) for said in move.within(client, TimeSpan(*hours))})


@dataclass(frozen=True, slots=True)
class _Moves:
    before: PlanBook
    after: PlanBook
    closed: BillingPeriod
    ends_before: Mapping[str, datetime]
    ends_after: Mapping[str, datetime]

    def within(self, client: Client, hours: TimeSpan) -> Iterator[str]:
        """The usage of `hours`, which an account has in the closed period, or has not."""
        owners, new_owners = AccountIndex(self.before.accounts), AccountIndex(self.after.accounts)
        by = tuple(dict.fromkeys((*owners.dimensions, *new_owners.dimensions)))
        subject = Subject(self.after.subject)
        for meter in _meters(self.before, self.after):
            query = MetricsQuery(period=None, span=hours, metrics=(meter,), by=by, subject=subject)
            for row in group_rows(client, query):
                old, new = owners.account_of(row), new_owners.account_of(row)
                if old is not None and new is not None and self._is_split(old, new, hours):
                    yield f"usage of {shortened(row[CONSUMER])} moves from {_described(old)} to {_described(new)}"

    def _is_split(self, old: Account, new: Account, hours: TimeSpan) -> bool:
        if old.plan_on(self.closed.first_day(old.anchor_day)) is None:
            return False
        return (self.ends_before[old.id] >= hours.end) != (self.ends_after[new.id] >= hours.end)


def _meters(*books: PlanBook) -> Sequence[str]:
    """Meters whose rows are all that the plans ask for: one of each kind of usage, and every custom meter."""
    charges = (charge for book in books for plan in book.plans for charge in plan.charges)
    meters = dict.fromkeys(charge.meter for charge in charges if not isinstance(charge, Flat))
    by_kind = {metric(name).source if metric(name).source != "meters" else name: name for name in meters}
    return list(by_kind.values())


def _described(account: Account) -> str:
    return f"account {account.id} ({account.time_zone} from day {account.anchor_day})"
