"""Which token a request shows."""

from collections.abc import Mapping
from http import HTTPStatus

from gatemeter.errors import InputError
from gatemeter.httpserver.problem import ProblemError
from gatemeter.httpserver.tokens import Token, TokenFile, presented_secret

TOKEN_HEADER = "x-gatemeter-token"  # noqa: S105 - the name of a header
"""The header that may hold the token, besides Bearer and the password of Basic."""
_RETRY_S = 1.0


def known_token(token_file: TokenFile, headers: Mapping[str, str], token_header: str) -> Token:
    """The token of a request. Raises ProblemError: 401 without one that is known, 503 if the file cannot be read."""
    secret = presented_secret(headers, token_header)
    try:
        token = token_file.find(secret) if secret else None
    except InputError as error:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "the tokens cannot be read", retry_after_s=_RETRY_S
        ) from error
    if token is None:
        what = "the token is not known" if secret else "a token is needed: Bearer, or the password of Basic"
        raise ProblemError(HTTPStatus.UNAUTHORIZED, what)
    return token
