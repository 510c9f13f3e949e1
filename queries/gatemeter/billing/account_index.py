"""Whose usage is whose: from the names in stored rows to accounts."""

from collections.abc import Mapping, Sequence

from gatemeter.plans.plan import Account

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
