"""Whose usage is whose: from the names in stored rows to accounts."""

from collections.abc import Collection, Mapping, Sequence

from gatemeter.plans.plan import Account, PlanBook

CONSUMER, TEAM, WORKSPACE = "consumer", "team", "workspace"


class AccountIndex:
    """Finds the account of a row: by its consumer; where no account names that, by its team; else by its workspace."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._owners = {
            CONSUMER: {name: each for each in accounts for name in each.consumers},
            TEAM: {name: each for each in accounts for name in each.teams},
            WORKSPACE: {name: each for each in accounts for name in each.workspaces},
        }

    @property
    def dimensions(self) -> Sequence[str]:
        """What rows have to be told apart by; the consumer always, so that usage of nobody's account can be named."""
        return (CONSUMER, *(name for name in (TEAM, WORKSPACE) if self._owners[name]))

    def account_of(self, row: Mapping[str, str]) -> Account | None:
        """The account of a row with these dimensions; None where there is none."""
        for dimension in self.dimensions:
            if (owner := self._owners[dimension].get(row[dimension])) is not None:
                return owner
        return None


class UsageOwners:
    """Finds the account of a row by several plan files: the first that gives it to one of the accounts `with_plan`.

    Usage that one of `books` has given to an account on a plan stays that account's, whatever the later ones say.
    """

    def __init__(self, books: Sequence[PlanBook], with_plan: Collection[str]) -> None:
        self._indexes = [AccountIndex(book.accounts) for book in books]
        self._with_plan = frozenset(with_plan)

    @property
    def dimensions(self) -> Sequence[str]:
        """What rows have to be told apart by."""
        return tuple(dict.fromkeys(name for index in self._indexes for name in index.dimensions))

    def account_of(self, row: Mapping[str, str]) -> str | None:
        """The id of a row's account, which may be on no plan; None where no file names one."""
        named = None
        for index in self._indexes:
            account = index.account_of(row)
            if account is None:
                continue
            if account.id in self._with_plan:
                return account.id
            named = named or account.id
        return named
