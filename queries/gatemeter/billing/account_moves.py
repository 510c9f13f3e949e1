"""Which hours accounts have from one statement to the next: each of them once.

Periods of an account follow each other without a gap or an overlap while the next one begins when the closed one
ended, whichever `time_zone` and `anchor_day` say so. A plan file may also move a consumer without naming it in both
accounts: it names one whose team or workspace had an account, or the other way round. Where the periods of the two
accounts end at different times, the hours between would be billed twice, or never. Which consumers those are only the
stored rows tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import CONSUMER, AccountIndex
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.meter_query import one_meter_a_kind
from gatemeter.billing.returning_names import returning_faults
from gatemeter.billing.statement import Statement
from gatemeter.billing.statement_plans import plans_of
from gatemeter.errors import ConflictError
from gatemeter.metrics.answer import group_rows
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.text import shortened
from gatemeter.plans.plan import Account, PlanBook
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import Subject

_MOST_NAMED = 3
_MOMENT = "%Y-%m-%dT%H:%MZ"


def require_same_hours(client: Client, statements: Sequence[Statement], book: PlanBook) -> None:
    """Raise ConflictError where `book` bills hours twice, or never, after the periods that `statements` have closed.

    Raises as `group_rows` does.
    """
    last = statements[-1]
    before, closed = plans_of(last), BillingPeriod.parse(last.period)
    if faults := [
        *_shifted(client, before, book, closed),
        *returning_faults(client, statements, book),
        *moved_usage(client, before, book, closed),
    ]:
        more = f", and {len(faults) - _MOST_NAMED} more" if len(faults) > _MOST_NAMED else ""
        raise ConflictError(
            f"hours would be billed twice, or never: {'; '.join(faults[:_MOST_NAMED])}{more}",
            where=f"--plans, beside statement {last.number} of {closed}",
            do="keep subject, time_zone and anchor_day, and move names only between accounts that have the same; "
            "a plan that is valid_from a later day begins then",
        )


def _shifted(client: Client, before: PlanBook, after: PlanBook, closed: BillingPeriod) -> Iterator[str]:
    ends, begins = _ends(client, before, closed), _ends(client, after, closed)
    for name, end in ends.items():
        if (begin := begins.get(name, end)) != end:
            yield f"{closed} of {name} ended at {end:{_MOMENT}}, and its next period begins at {begin:{_MOMENT}}"


def _ends(client: Client, book: PlanBook, closed: BillingPeriod) -> Mapping[str, datetime]:
    """When the next period begins: by account, and by each name whose usage one has."""
    found: dict[str, datetime] = {}
    spans = closed.spans(client, book.accounts)
    for account in book.accounts:
        names = [f"{kind} {name}" for kind, name in account.names]
        found |= dict.fromkeys((f"account {account.id}", *names), spans[account.id].end)
    return found


def moved_usage(client: Client, before: PlanBook, after: PlanBook, closed: BillingPeriod) -> Sequence[str]:
    """What usage moves, as sentences; empty where nothing does. Raises as `group_rows` does."""
    if (before.subject, before.accounts) == (after.subject, after.accounts):
        return []  # as in most months: each end of a period would be a question to the store
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
        for meter in one_meter_a_kind([self.before, self.after]):
            query = MetricsQuery(period=None, span=hours, metrics=(meter,), by=by, subject=subject)
            for row in group_rows(client, query):
                old, new = owners.account_of(row), new_owners.account_of(row)
                if old is not None and new is not None and self._is_split(old, new, hours):
                    yield f"usage of {shortened(row[CONSUMER])} moves from {_described(old)} to {_described(new)}"

    def _is_split(self, old: Account, new: Account, hours: TimeSpan) -> bool:
        if old.plan_on(self.closed.first_day(old.anchor_day)) is None:
            return False
        return (self.ends_before[old.id] >= hours.end) != (self.ends_after[new.id] >= hours.end)


def _described(account: Account) -> str:
    return f"account {account.id} ({account.time_zone} from day {account.anchor_day})"
