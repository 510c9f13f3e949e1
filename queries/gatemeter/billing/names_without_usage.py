"""Names that accounts have and that no usage has: of a consumer that was idle, or of one that is spelt otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import CONSUMER, AccountIndex
from gatemeter.billing.meter_query import one_meter_a_kind
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.errors import SettingsError
from gatemeter.metrics.answer import group_rows
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.output.text import count_of, shortened
from gatemeter.plans.plan import Account, PlanBook
from gatemeter.plans.plan_lint import PlanWarning
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import Subject

_MOST_NAMED = 10
_ALIKE = 0.75
_SUBJECTS = (Subject.ID, Subject.USERNAME, Subject.CUSTOM_ID)


@dataclass(slots=True)
class SeenNames:
    """Names of rows of usage by the hours that were asked for and the kind of the name (`consumer`, `team`, ...)."""

    by_span: dict[TimeSpan, dict[str, set[str]]] = field(default_factory=dict)

    def add(self, span: TimeSpan, dimensions: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
        """Add the names of all rows of `span`, whosever they are."""
        seen = self.by_span.setdefault(span, {})
        for dimension in dimensions:
            seen.setdefault(dimension, set()).update(row[dimension] for row in rows)

    def unseen(self, account: Account, span: TimeSpan) -> Sequence[tuple[str, str]]:
        """Kind and name of those that have no row in `span`; none where no meter of it was asked for."""
        seen = self.by_span.get(span)
        return [] if seen is None else [(kind, name) for kind, name in account.names if name not in seen.get(kind, ())]


def idle_names_note(rated: Sequence[RatedAccount], seen: SeenNames, period: object) -> Iterator[str]:
    """Which names of accounts no usage of `period` has, in one sentence; none where each has some."""
    unseen = [
        f"{kind} {shortened(name)} of account {each.account.id}"
        for each in rated
        for kind, name in seen.unseen(each.account, each.span)
    ]
    if unseen:
        more = f", and {len(unseen) - _MOST_NAMED:,} more" if len(unseen) > _MOST_NAMED else ""
        yield (
            f"without usage in {period}: {count_of(len(unseen), 'name')} of the plan file, "
            f"{', '.join(unseen[:_MOST_NAMED])}{more}; see gatemeter plans lint --data for names that never had any"
        )


def never_seen(client: Client, book: PlanBook) -> Iterator[PlanWarning]:
    """Each name of an account that no row of the store has, by the meters of the plans. Raises as `group_rows` does.

    What it may be instead is said where the store knows it: a name that is almost the same and in no account, or one
    that the consumer has by another `subject`.
    """
    index, span = AccountIndex(book.accounts), TimeSpan()
    seen = SeenNames()
    unowned: set[str] = set()
    for meter in one_meter_a_kind([book]) or ["request_count"]:
        query = MetricsQuery(
            period=None, span=span, metrics=(meter,), by=index.dimensions, subject=Subject(book.subject)
        )
        try:
            rows = group_rows(client, query)
        except SettingsError as error:  # a custom meter that was never counted
            yield PlanWarning(f"meter {meter}", error.what, error.do)
            continue
        seen.add(span, index.dimensions, rows)
        unowned.update(row[CONSUMER] for row in rows if index.account_of(row) is None)
    unseen = [(account, kind, name) for account in book.accounts for kind, name in seen.unseen(account, span)]
    others = _other_names(client, book) if any(kind == CONSUMER for _, kind, _ in unseen) else {}
    for account, kind, name in unseen:
        do = "check how it is spelt"
        if kind == CONSUMER:
            do = _advice(name, unowned, others, book.subject) or do
        yield PlanWarning(f"account {account.id}", f"{kind} {shortened(name)} has no usage in the store", do)


def _other_names(client: Client, book: PlanBook) -> Mapping[Subject, set[str]]:
    """The names of consumers by the subjects that the plan file does not use."""
    found: dict[Subject, set[str]] = {}
    for subject in _SUBJECTS:
        if subject.value != book.subject:
            query = MetricsQuery(period=None, by=(CONSUMER,), subject=subject)
            found[subject] = {row[CONSUMER] for row in group_rows(client, query)}
    return found


def _advice(name: str, unowned: set[str], others: Mapping[Subject, set[str]], subject: str) -> str:
    for other, names in others.items():
        if name in names:
            return f"a consumer has it as its {other.value}, and the plan file names consumers by {subject}"
    alike = get_close_matches(name, sorted(unowned), n=1, cutoff=_ALIKE)
    return f"{shortened(alike[0])} has usage and is in no account" if alike else ""
