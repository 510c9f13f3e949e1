"""Which rows an agent may see: all, those of some consumers and workspaces, or those of a token."""

from collections.abc import Callable
from pathlib import Path

from gatemeter.api.access import allowed_rows
from gatemeter.errors import SettingsError
from gatemeter.httpserver.tokens import Role, TokenFile
from gatemeter.reports.usage_parameters import AllowedRows

AllowedNow = Callable[[], AllowedRows]
"""The rows that may be seen, asked before each answer. Raises SettingsError where none may be seen any more."""

_MAY_ASK = (Role.READ, Role.ADMIN)


def rows_of_token(token_file: Path, secret: str) -> AllowedNow:
    """The rows of the token with the text `secret`, as long as it is in the file; it is looked up before each answer.

    Looking up raises InputError where the file cannot be read.
    """
    tokens = TokenFile(token_file)

    def allowed() -> AllowedRows:
        token = tokens.find(secret)
        if token is None:
            raise SettingsError("the token is not known", where=str(token_file), do="gatemeter tokens list")
        if token.role not in _MAY_ASK:
            raise SettingsError(f"the token {token.name} is not for asking", do="make one with --role read")
        return allowed_rows(token)

    return allowed
