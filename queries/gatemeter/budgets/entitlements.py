"""What consumers may still use, from a snapshot in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gatemeter.budgets.budget import ACCOUNT, CONSUMER
from gatemeter.budgets.evaluation import Evaluation
from gatemeter.budgets.known_consumers import Names, is_seen_whole
from gatemeter.budgets.use import Use
from gatemeter.budgets.window import SlidingWindow
from gatemeter.plans.plan import Account


@dataclass(frozen=True, slots=True)
class Entitled:
    """The budgets of a consumer; `uses` are those that whoever asks may see, `all_uses` all of them.

    `begins_anew` says that the window of one that is to enforce has begun after the snapshot was read.
    """

    consumer: str
    uses: Sequence[Use]
    all_uses: Sequence[Use]
    begins_anew: bool

    @property
    def has_access(self) -> bool:
        """Whether no budget that is to enforce is certainly used up."""
        return not any(each.budget.enforce and each.is_used_up for each in self.all_uses)

    @property
    def is_certain(self) -> bool:
        """Whether that is known: of what is only a lower bound, more may be used up."""
        open_uses = (each for each in self.all_uses if each.budget.enforce and not each.is_used_up)
        return not self.has_access or (not self.begins_anew and all(each.is_known for each in open_uses))


@dataclass(slots=True)
class Snapshot:
    """What was read at `evaluation.at`; all partitions were stored until `stored_until`, None where none is counted."""

    evaluation: Evaluation
    stored_until: datetime | None
    names: Mapping[str, Names]
    accounts: Sequence[Account]
    _by_scope: dict[tuple[str, str], list[Use]] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _named: dict[str, list[str]] = field(default_factory=dict)
    _with_usage: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for use in self.evaluation.uses:
            if use.window.end > self.evaluation.at and use.budget.per in (ACCOUNT, CONSUMER):
                self._by_scope.setdefault((str(use.budget.per), use.scope), []).append(use)
        for account in self.accounts:
            for name in account.consumers:
                self._named.setdefault(name, []).append(account.id)
        for name, ids in self.evaluation.accounts_of.items():
            for account_id in ids:
                self._with_usage.setdefault(account_id, []).append(name)
        self._known = {
            *self.names,
            *self._named,
            *(use.scope for use in self.evaluation.uses if use.budget.per == CONSUMER and use.scope),
        }

    def entitled(self, consumer: str, allowed: Sequence[str], now: datetime) -> Entitled | None:
        """The budgets of a consumer, for a token that is limited to `allowed`, empty for all.

        None for one that is not known, or that the token may not see. A calendar window that is over by `now` is left
        out: of the next one nothing is known yet. A window that slides has most of the next one in it, and stays.
        """
        if consumer not in self._known or not self._may_see(consumer, allowed):
            return None
        uses = list(self._own(consumer))
        for each in self._accounts(consumer):
            uses += self._by_scope.get((ACCOUNT, each), ())
        holding = [use for use in uses if _holds(use, now)]
        seen = [use for use in holding if use.budget.per == CONSUMER or self._may_see_account(use.scope, allowed)]
        begins_anew = any(use.budget.enforce and not _holds(use, now) for use in uses)
        return Entitled(consumer, seen, holding, begins_anew)

    def _own(self, consumer: str) -> Iterator[Use]:
        """Also of budgets of which nothing is used yet."""
        found = self._by_scope.get((CONSUMER, consumer), [])
        told = {id(use.budget) for use in found}
        yield from found
        for use in self._by_scope.get((CONSUMER, ""), ()):
            if id(use.budget) not in told:  # what could not be asked for stands once, for everybody
                told.add(id(use.budget))
                yield replace(use, scope=consumer)
        for budget, window in self.evaluation.windows:
            if budget.per == CONSUMER and budget.has(consumer) and id(budget) not in told:
                yield Use(budget, consumer, window)

    def _accounts(self, consumer: str) -> list[str]:
        """Where an account names the consumer, it is that one; else those in which it has usage."""
        return self._named.get(consumer) or sorted(self.evaluation.accounts_of.get(consumer, ()))

    def _may_see(self, consumer: str, allowed: Sequence[str]) -> bool:
        return not allowed or is_seen_whole(consumer, self.names.get(consumer), allowed)

    def _may_see_account(self, account_id: str, allowed: Sequence[str]) -> bool:
        """Whether all consumers of an account may be seen: what is left tells what the others have used."""
        if not allowed:
            return True
        account = next(each for each in self.accounts if each.id == account_id)
        return not (account.teams or account.workspaces) and all(
            self._may_see(each, allowed) for each in (*account.consumers, *self._with_usage.get(account_id, ()))
        )


def _holds(use: Use, now: datetime) -> bool:
    return use.window.end > now or isinstance(use.budget.length, SlidingWindow)
