"""What is used of budgets, from stored usage: one statement for all budgets of the same window and dimensions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import CONSUMER, AccountIndex
from gatemeter.budgets.budget import ACCOUNT, Budget, BudgetBook
from gatemeter.budgets.spans import Calendar, Window, Windows
from gatemeter.budgets.use import AskedBudget, CutHour, Use
from gatemeter.budgets.window import SlidingWindow
from gatemeter.errors import ConflictError, SettingsError
from gatemeter.metrics.answer import group_rows, group_rows_by_minute
from gatemeter.metrics.catalogue import label, metric
from gatemeter.metrics.custom_meters import require_sums
from gatemeter.metrics.metrics_query import MOST_DIMENSIONS, MetricsQuery
from gatemeter.plans.billable_rule import DEFAULT_RULE, rule_of
from gatemeter.plans.plan import Account, PlanBook
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import Subject

_METRICS_AT_ONCE = 20
"""Each may bring the one with it that counts what it does not hold."""


@dataclass(slots=True)
class Evaluation:
    """What is used at `at` of each budget, by whom; `accounts_of` are the accounts in which a consumer has usage.

    A consumer, service, ... without usage is in no use, unless the budget names it. `windows` are those of `at`.
    """

    at: datetime
    uses: list[Use] = field(default_factory=list)
    windows: list[tuple[Budget, TimeSpan]] = field(default_factory=list)
    accounts_of: dict[str, set[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Budgets that one statement answers.

    `alone` is a custom meter, which is not asked for beside others: of one that the store lacks all would be refused.
    """

    source: str
    span: TimeSpan
    by: tuple[str, ...]
    alone: str
    is_of_minutes: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """`window` is None where it could not be told."""

    budget: AskedBudget
    window: Window | None


class Evaluator:
    """Asks for what is used of the budgets of a file. Not for several threads."""

    def __init__(self, book: BudgetBook, plans: PlanBook | None) -> None:
        """Raise SettingsError for a budget that asks for more dimensions than can be told apart."""
        self.book = book
        self.accounts: Sequence[Account] = plans.accounts if plans else ()
        self._index = AccountIndex(self.accounts)
        self._rules = plans.billable if plans else ()
        self._windows = Windows()
        self._by = {each.name: self._dimensions(each) for each in book.budgets}

    def evaluate(self, client: Client, now: datetime) -> Evaluation:
        """What is used at `now`. What cannot be asked for is not known. Raises as `fetch` does."""
        found = Evaluation(now)
        asked = list(self._asked(client, now))
        for kind, parts in self._kinds(asked).items():
            try:
                self._read(client, kind, parts, found)
            except (SettingsError, ConflictError) as error:
                for each in parts:
                    each.is_not_known(error.what)
        for budget in (each.budget for each in asked):
            found.uses += budget.uses.values()
            if budget.window.end > now:
                found.windows.append((budget.budget, budget.window))
        return found

    def calendars(self, budget: Budget) -> Iterator[tuple[Calendar | SlidingWindow, dict[str, Account] | None]]:
        """The windows of a budget; of one for accounts, each with the accounts that have it."""
        if budget.per != ACCOUNT:
            yield _window(budget, budget.time_zone or "UTC", budget.anchor_day or 1), None
            return
        groups: dict[Calendar | SlidingWindow, dict[str, Account]] = {}
        for each in self.accounts:
            if budget.has(each.id):
                groups.setdefault(_window(budget, each.time_zone, each.anchor_day), {})[each.id] = each
        yield from groups.items()

    def _asked(self, client: Client, now: datetime) -> Iterator[_Asked]:
        """Each budget in each of its windows; where they cannot be told it has those of UTC, and is not known."""
        for budget in self.book.budgets:
            for calendar, accounts in self.calendars(budget):
                try:
                    windows = self._windows.at(client, calendar, now)
                except SettingsError as error:
                    untold = AskedBudget(budget, self._windows.in_utc(client, calendar, now).span, accounts)
                    untold.is_not_known(error.what)
                    yield _Asked(untold, None)
                    continue
                for each in windows:
                    rule = rule_of(self._rules, budget.meter, each.billed_from) if budget.billable else None
                    yield _Asked(AskedBudget(budget, each.span, accounts, rule), each)

    def _kinds(self, asked: Sequence[_Asked]) -> dict[_Kind, list[AskedBudget | CutHour]]:
        """What to ask for."""
        kinds: dict[_Kind, list[AskedBudget | CutHour]] = {}
        for each in asked:
            if each.window is None:
                continue
            kinds.setdefault(self._kind(each.budget.budget, each.window.read), []).append(each.budget)
            for hour in each.window.cut_hours:
                kinds.setdefault(self._kind(each.budget.budget, hour), []).append(CutHour(each.budget, hour))
        return kinds

    def _kind(self, budget: Budget, span: TimeSpan) -> _Kind:
        alone = budget.meter if budget.source == "meters" else ""
        is_of_minutes = isinstance(budget.length, SlidingWindow) and budget.length.is_of_minutes
        return _Kind(budget.source, span, self._by[budget.name], alone, is_of_minutes)

    def _dimensions(self, budget: Budget) -> tuple[str, ...]:
        scope = self._index.dimensions if budget.per == ACCOUNT else [budget.per] if budget.per else []
        rules = (DEFAULT_RULE, *self._rules) if budget.billable else ()
        billable = [name for each in rules if budget.meter in each.meters for name in each.dimensions]
        filters = [each.dimension for each in budget.filters]
        asked = [*scope, *filters, *billable, *_unit_dimensions(budget.meter)]
        by = tuple(sorted(set(asked)))
        if len(by) > MOST_DIMENSIONS:
            asking = "filters, and what is billable, ask" if billable else "filters ask"
            raise SettingsError(
                f"{asking} for {len(by)} dimensions: {', '.join(by)}",
                where=f"budget {budget.name}",
                do=f"filter by fewer; {MOST_DIMENSIONS} can be told apart",
            )
        return by

    def _read(self, client: Client, kind: _Kind, asked: Sequence[AskedBudget | CutHour], found: Evaluation) -> None:
        is_of_accounts = any(each.accounts is not None for each in asked)
        for row in self._rows(client, kind, [each.budget for each in asked]):
            account = self._index.account_of(row) if is_of_accounts else None
            if account is not None:
                found.accounts_of.setdefault(row[CONSUMER], set()).add(account.id)
            for each in asked:
                each.add(row, account)

    def _rows(self, client: Client, kind: _Kind, budgets: Sequence[Budget]) -> Iterator[dict[str, Any]]:
        """The rows of a kind; where there are many meters each row has some of them."""
        if kind.alone:
            require_sums(client, kind.alone)
        meters = list(dict.fromkeys(each.meter for each in budgets))
        for first in range(0, len(meters), _METRICS_AT_ONCE):
            some = meters[first : first + _METRICS_AT_ONCE]
            subject = Subject(self.book.subject)
            query = MetricsQuery(period=None, span=kind.span, metrics=some, by=kind.by, subject=subject)
            yield from (group_rows_by_minute if kind.is_of_minutes else group_rows)(client, query)


def _window(budget: Budget, time_zone: str, anchor_day: int) -> Calendar | SlidingWindow:
    length = budget.length
    if isinstance(length, SlidingWindow):
        return length
    # The anchor day of other windows says only when billing months begin, whose rule says what is billable.
    return Calendar(length, time_zone, anchor_day if length == "month" or budget.billable else 1)


def _unit_dimensions(meter: str) -> Iterator[str]:
    """What must not be added up: amounts in two currencies, values of two declarations of a meter."""
    for name in (metric(meter).label, metric(meter).other_label):
        if name and label(name).is_one:
            yield label(name).dimension or name
