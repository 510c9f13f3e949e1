"""The logins of the embedded ClickHouse, and what a login may do."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from gatemeter.embedded import clickhouse_request as wire

ADMINISTRATOR_USER = "gatemeter"
READER_USER = "reader"
ANALYST_USER = "analyst"


class Role(Enum):
    """What a session may do."""

    ADMINISTRATOR = "administrator"
    """Everything; for gatemeter's own processes."""
    READER = "reader"
    """Select from gatemeter's tables; for gatemeter's reports."""
    ANALYST = "analyst"
    """Select from gatemeter's views for SQL, without the text of any event; for people and their tools."""

    @property
    def engine_role(self) -> str | None:
        """The role inside of the engine that a session takes on (`clickhouse_access.xml`); None: all rights."""
        return {Role.READER: "reader", Role.ANALYST: "NONE"}.get(self)


@dataclass(frozen=True, slots=True)
class Login:
    """User and password, as a request names them."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """A login and its role."""

    login: Login
    role: Role

    def admits(self, login: Login) -> bool:
        """Whether user and password are right, in a time that does not depend on them."""
        right_user = hmac.compare_digest(login.user.encode(), self.login.user.encode())
        return hmac.compare_digest(login.password.encode(), self.login.password.encode()) and right_user


def login_of(headers: Mapping[str, str], arguments: Mapping[str, str]) -> Login | None:
    """The login in the headers or the URL of a request; None if it has none."""
    basic = wire.basic_credentials(headers.get("authorization", ""))
    if basic is not None:
        return Login(*basic)
    user = headers.get("x-clickhouse-user") or arguments.get("user", "")
    password = headers.get("x-clickhouse-key") or arguments.get("password", "")
    return Login(user, password) if user or password or "authorization" in headers else None


def role_of(login: Login | None, accounts: Iterable[Account]) -> Role | None:
    """The role of the account that admits `login`; None if none does."""
    if login is None:
        return None
    # Every account is compared, so that the time does not tell which user there is.
    admitting = [account.role for account in accounts if account.admits(login)]
    return admitting[0] if admitting else None
