"""An HTTP client of a billing system: it sends again what may be sent again, and gives its key to no other address."""

import ssl
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from gatemeter.billing_systems.address import Address
from gatemeter.billing_systems.billing_system import Answer, NotTakenError, Request
from gatemeter.clock import Clock
from gatemeter.errors import DeliveryError
from gatemeter.http_retries import asked_pause_s, is_distrust
from gatemeter.output.text import count_of

ATTEMPTS = 6
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
LONGEST_WAIT_S = 120.0
"""A system that asks to be left alone for longer is asked again another time."""
MAX_ANSWER_BYTES = 16 * 1024 * 1024

_AGAIN = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_MOVED = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
"""Others may be what is answered once a request was taken."""


class BillingClient:
    """Asks one system. `wait` is called with seconds before a request is sent again. Not for several threads."""

    def __init__(
        self, address: Address, *, clock: Clock, wait: Callable[[float], None] = time.sleep, attempts: int = ATTEMPTS
    ) -> None:
        self._address = address
        self._url = address.url.rstrip("/")
        self._clock = clock
        self._wait = wait
        self._attempts = attempts
        self._pool = urllib3.PoolManager(
            num_pools=2,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
            ssl_context=ssl.create_default_context() if self._url.startswith("https:") else None,
        )

    def ask(self, request: Request, token: str | None = None) -> Answer:
        """The answer to a request, after several tries where it may help; `token` stands in place of the key.

        Raises DeliveryError where the system cannot be reached, refuses the key, leads elsewhere, is busy
        for too long, or sends no whole answer in all tries; NotTakenError where it has taken it in none of
        them. Other statuses are answers.
        """
        may_be_taken = False
        for attempt in range(1, self._attempts + 1):
            cause: Exception | None = None
            try:
                answer, headers = self._sent(request, token or self._address.key)
            except (HTTPError, OSError) as error:
                if is_distrust(error):
                    said = "its certificate is not trusted"
                    raise self._unavailable(request, said, "check the address", may_be_taken) from error
                cause, pause_s, what = error, _pause_s(attempt), _fault(error)
                may_be_taken = may_be_taken or not isinstance(error, ConnectTimeoutError)
            else:
                if answer.status not in _AGAIN:
                    return self._checked(request, answer, may_be_taken)
                pause_s = self._asked_pause_s(headers, attempt)
                what = f"it answers {answer.shortened}; it asks to wait for {pause_s:.0f} s"
                may_be_taken = may_be_taken or answer.status != HTTPStatus.TOO_MANY_REQUESTS
            is_last = attempt == self._attempts or (may_be_taken and not request.is_repeatable)
            if is_last or pause_s > LONGEST_WAIT_S:
                tries = count_of(attempt, "attempt")
                raise self._unavailable(request, f"{what} ({tries})", _RUN_AGAIN, may_be_taken) from cause
            self._wait(pause_s)
        raise AssertionError

    def close(self) -> None:
        """Close the connections; idempotent."""
        self._pool.clear()

    def _sent(self, request: Request, secret: str) -> tuple[Answer, Mapping[str, str]]:
        response = self._pool.request(
            request.method,
            self._place(request),
            body=request.body or None,
            headers={
                "Accept": "application/json",
                "User-Agent": "gatemeter",
                **request.headers,
                "Authorization": f"Bearer {secret}",
            },
            redirect=False,
            preload_content=False,
        )
        try:
            body = response.read(MAX_ANSWER_BYTES + 1)
            if len(body) > MAX_ANSWER_BYTES:
                raise self._unavailable(request, f"its answer has more than {MAX_ANSWER_BYTES:,} bytes", _REPORT)
            # Answers end up in the journal and in errors; a system may repeat what it was sent.
            for each in (secret, self._address.key):
                body = body.replace(each.encode(), b"***")
            return Answer(response.status, body), response.headers
        finally:
            response.close()

    def _place(self, request: Request) -> str:
        return request.path if request.path.startswith("https://") else self._url + request.path

    def _checked(self, request: Request, answer: Answer, may_be_taken: bool) -> Answer:
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            said = f"it refuses the key: {answer.shortened}"
            raise self._unavailable(request, said, "check the key", may_be_taken)
        if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
            said = f"it leads to another address ({answer.status})"
            may_be_taken = may_be_taken or answer.status not in _MOVED
            raise self._unavailable(request, said, "give that address", may_be_taken)
        return answer

    def _asked_pause_s(self, headers: Mapping[str, str], attempt: int) -> float:
        asked_s = asked_pause_s(headers, self._clock.now())
        return _pause_s(attempt) if asked_s is None else asked_s

    def _unavailable(self, request: Request, what: str, do: str, may_be_taken: bool = True) -> DeliveryError:
        kind = DeliveryError if may_be_taken else NotTakenError
        return kind(what, where=self._place(request).split("?", 1)[0], do=do)


_RUN_AGAIN = "run the export again; it goes on where it was"
_REPORT = "please report this"


def _pause_s(attempt: int) -> float:
    return min(30.0, float(2 ** (attempt - 1)))


def _fault(error: Exception) -> str:
    # A connection that is refused is a timeout to urllib3.
    if isinstance(error, HttpTimeoutError) and not isinstance(error, NewConnectionError):
        return "it does not answer in time"
    while (deeper := error.__cause__ or error.__context__) is not None and isinstance(deeper, Exception):
        error = deeper
    return f"the connection failed: {str(error)[:200]}"
