"""Names of consumers in messages: in quotes, and with the name of an account that a reader could take for the same."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from gatemeter.output.text import shortened
from gatemeter.plans.plan import Account


@dataclass(frozen=True, slots=True)
class SimilarNames:
    """The consumers of accounts, each with its account, by what is left of a name that is seen."""

    by_seen: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, accounts: Iterable[Account]) -> Self:
        """Of all consumers of `accounts`."""
        return cls({_seen(name): (name, account.id) for account in accounts for name in account.consumers})

    def quoted(self, name: str) -> str:
        """`'acme '`, and where an account has a name that looks the same, which and what the difference is."""
        shown = f"'{shortened(name)}'"
        owned, account = self.by_seen.get(_seen(name), (name, ""))
        if owned == name:
            return shown
        if _composed(name) == _composed(owned):
            return f"{shown} (account {account} has it in another Unicode composition, NFC or NFD)"
        return f"{shown} (account {account} has it with other spaces: '{shortened(owned)}')"


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _seen(name: str) -> str:
    return " ".join(_composed(name).split())
