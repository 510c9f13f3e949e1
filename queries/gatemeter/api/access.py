"""Who may ask, which rows there are for them, and how often."""

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request

from gatemeter.clock import Clock
from gatemeter.httpserver.authentication import TOKEN_HEADER, known_token
from gatemeter.httpserver.listening import LOOPBACK_HOSTS
from gatemeter.httpserver.problem import ProblemError
from gatemeter.httpserver.rate_limit import RateLimit
from gatemeter.httpserver.tokens import Role, Token, TokenFile
from gatemeter.reports.usage_parameters import AllowedRows

_MAY_ASK = (Role.READ, Role.ADMIN)
_NOBODY = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the hash of the token, '' without one, and the rows that there are for it."""

    key: str = _NOBODY
    allowed: AllowedRows = field(default_factory=AllowedRows)


class ReadAccess:
    """Checks tokens; without a `token_file` every program of this machine may ask, but no page of another site."""

    def __init__(self, token_file: TokenFile | None, requests_per_s: float, clock: Clock) -> None:
        self._token_file = token_file
        self._requests_per_s = requests_per_s
        self._clock = clock
        self._rates: dict[str, RateLimit] = {}

    def caller(self, request: Request, *, is_rated: bool = True) -> Caller:
        """Who asks. Raises ProblemError: 401 without a token that is known, 403 if it may not ask, 429 if too often.

        What is not `is_rated` may be asked as often as one likes.
        """
        caller = self._local_caller(request) if self._token_file is None else self._token_caller(request)
        if not is_rated:
            return caller
        rate = self._rates.setdefault(caller.key, RateLimit(self._requests_per_s, self._clock))
        if wait_s := rate.wait_s():
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, "the token has asked too often", retry_after_s=wait_s)
        rate.take(1)
        return caller

    def _local_caller(self, request: Request) -> Caller:
        # A page whose name was made to mean this machine could read the answers: its name is in the header.
        host = request.headers.get("host", "")
        if _host_name(f"//{host}") not in LOOPBACK_HOSTS:
            raise ProblemError(HTTPStatus.FORBIDDEN, "without tokens only localhost may be asked by its name")
        origin = request.headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            raise ProblemError(HTTPStatus.FORBIDDEN, "pages of other sites may not ask")
        return Caller()

    def _token_caller(self, request: Request) -> Caller:
        assert self._token_file is not None  # noqa: S101 - told by the caller
        token = known_token(self._token_file, request.headers, TOKEN_HEADER)
        if token.role not in _MAY_ASK:
            raise ProblemError(HTTPStatus.FORBIDDEN, "the token is not for asking")
        return Caller(token.sha256, allowed_rows(token))


def allowed_rows(token: Token) -> AllowedRows:
    """The rows that there are for a token."""
    return AllowedRows(token.consumers, token.workspaces)


def require_all_rows(allowed: AllowedRows, what: str) -> None:
    """Raises ProblemError (403) for `what` has no rows of one consumer or workspace alone."""
    if not allowed.is_all:
        raise ProblemError(HTTPStatus.FORBIDDEN, f"{what} is of everybody, and the token is limited to some")


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
