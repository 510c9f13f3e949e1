"""The token in the address of the dashboard that `gatemeter up` prints."""

from pathlib import Path

from gatemeter.httpserver.tokens import Role, Token, TokenFile, hash_of, new_secret

NAME = "dashboard"


def dashboard_secret(token_path: Path, last: str) -> str:
    """The text of the token: `last` while the file knows it, so that an address which was written down stays valid.

    Else a new one, which the file knows from now on: once `last` was revoked, its address is worthless. Raises
    InputError.
    """
    tokens = TokenFile(token_path)
    known = tokens.tokens()
    if last and any(token.sha256 == hash_of(last) for token in known):
        return last
    if any(token.name == NAME for token in known):
        tokens.revoke(NAME)
    secret = new_secret()
    tokens.add(Token(name=NAME, role=Role.READ, sha256=hash_of(secret)))
    return secret
