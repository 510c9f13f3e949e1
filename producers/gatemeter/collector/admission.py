"""Who may send what, and how much at one time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from gatemeter.clock import Clock
from gatemeter.httpserver.authentication import known_token
from gatemeter.httpserver.problem import ProblemError
from gatemeter.httpserver.rate_limit import RateLimit
from gatemeter.httpserver.tokens import Role, Token, TokenFile

SOURCE_HEADER = "x-gatemeter-source"
_LONGEST_SOURCE = 64
_RETRY_S = 1.0


class MemoryBudget:
    """Bytes that requests hold at one time."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self.held_bytes = 0

    @contextmanager
    def share(self) -> Iterator["MemoryShare"]:
        """What one request holds, given back at the end of the block."""
        share = MemoryShare(self)
        try:
            yield share
        finally:
            self.held_bytes -= share.held_bytes

    def take(self, size_bytes: int) -> None:
        """Raises ProblemError (503) if that is more than is left."""
        if self.held_bytes + size_bytes > self._limit_bytes:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, "too much is being received at present", retry_after_s=_RETRY_S
            )
        self.held_bytes += size_bytes


class MemoryShare:
    """The part of a budget that one request holds."""

    def __init__(self, budget: MemoryBudget) -> None:
        self._budget = budget
        self.held_bytes = 0

    def take(self, size_bytes: int) -> None:
        """Hold as many bytes more. Raises ProblemError (503) if they are not left."""
        self._budget.take(size_bytes)
        self.held_bytes += size_bytes


class Access:
    """Checks tokens and their limits; without a `token_file` everybody may send, but no page in a browser."""

    def __init__(self, token_file: TokenFile | None, token_header: str, clock: Clock) -> None:
        self._token_file = token_file
        self._token_header = token_header.lower()
        self._clock = clock
        self._rates: dict[str, tuple[float, RateLimit]] = {}

    def token(self, headers: Mapping[str, str], log_format: str) -> Token | None:
        """The token of a request to send events of a format; None where none is needed.

        Raises ProblemError: 401 without a token that is known, 403 if it may not send this, 429 if it sent too much.
        """
        if self._token_file is None:
            if "origin" in headers:
                raise ProblemError(HTTPStatus.FORBIDDEN, "pages in a browser may not send events")
            return None
        token = known_token(self._token_file, headers, self._token_header)
        if token.role is not Role.INGEST:
            raise ProblemError(HTTPStatus.FORBIDDEN, "the token is not for sending events")
        if token.formats and log_format not in token.formats:
            raise ProblemError(HTTPStatus.FORBIDDEN, "the token is not for events of this format")
        self._refuse_excess(token)
        return token

    def count(self, token: Token | None, events: int) -> None:
        """Take note of what a token sends.

        Raises ProblemError (429) if other bodies have used up meanwhile what was left when `token` was asked for.
        """
        if token is not None and (rate := self._rate(token)) is not None:
            self._refuse_excess(token)
            rate.take(events)

    def _refuse_excess(self, token: Token) -> None:
        wait_s = 0.0 if (rate := self._rate(token)) is None else rate.wait_s()
        if wait_s:
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS, "the token has sent more than it may", retry_after_s=wait_s
            )

    def _rate(self, token: Token) -> RateLimit | None:
        if token.events_per_s is None:
            return None
        per_s, rate = self._rates.get(token.sha256, (0.0, None))
        if rate is None or per_s != token.events_per_s:
            rate = RateLimit(token.events_per_s, self._clock)
            self._rates[token.sha256] = token.events_per_s, rate
        return rate


def gateway_of(headers: Mapping[str, str], token: Token | None) -> str:
    """The name of the gateway whose events a request holds, '' for none; raises ProblemError (400, 403)."""
    named = headers.get(SOURCE_HEADER, "")
    if token is not None and token.source is not None:
        if named not in ("", token.source):
            raise ProblemError(HTTPStatus.FORBIDDEN, "the token is not for events of this source")
        return token.source
    if len(named) > _LONGEST_SOURCE or not all(each.isalnum() or each in "._-" for each in named):
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{SOURCE_HEADER} is not a name of up to 64 letters, digits, . _ -")
    return named
