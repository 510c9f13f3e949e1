"""An HTTP client of an admin API: it reads JSON, waits where it is told to, and gives its token to one address."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from gatemeter.clock import Clock
from gatemeter.errors import GatewayUnavailable, SettingsError
from gatemeter.http_address import require_http_address, require_token
from gatemeter.http_retries import asked_pause_s

MAX_ANSWER_BYTES = 64 * 1024 * 1024
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
ANSWER_TIMEOUT_S = 120.0
"""For a whole answer, however steadily it trickles in."""
ATTEMPTS = 5
LONGEST_WAIT_S = 120.0
"""A gateway that asks to be left alone for longer is asked again another time."""

_TRIED_AGAIN = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class AdminAddress:
    """Where to ask, and as whom: the token stands in the header `token_header` behind `token_prefix`.

    `url` has no secrets. `ca_file` is a PEM file of the authorities to trust instead of the system's.
    """

    url: str
    token: str = field(default="", repr=False)
    token_header: str = "Kong-Admin-Token"  # noqa: S105 - a name and no secret
    token_prefix: str = ""
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        """Raise SettingsError for what is not an address or a token, without repeating a secret."""
        instead_of_login = "leave it out, and give a token with --token-file"
        require_http_address(
            self.url, "an admin API", form="write http(s)://HOST:PORT", instead_of_login=instead_of_login
        )
        require_token(self.token)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is whole: its status, and its document where the status is 200."""

    status: int
    document: Any = None


class AdminClient:
    """Asks one admin API. `wait` is called with seconds before a question is tried again.

    Not for several threads.
    """

    def __init__(self, address: AdminAddress, *, clock: Clock, wait: Callable[[float], None] = time.sleep) -> None:
        self.url = address.url.rstrip("/")
        self._clock = clock
        self._wait = wait
        headers = {"Accept": "application/json", "User-Agent": "gatemeter"}
        if address.token:
            headers[address.token_header] = address.token_prefix + address.token
        self._pool = urllib3.PoolManager(
            num_pools=1,
            headers=headers,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
            ssl_context=_ssl_context(address.ca_file) if self.url.startswith("https:") else None,
        )

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """The answer to a question, after several tries where it may help.

        Raises GatewayUnavailable where the gateway cannot be reached, refuses the token (401), leads elsewhere, or
        sends no whole answer in all tries. Statuses such as 403 and 404 are answers.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer, headers = self._ask(path, parameters or {})
            except SSLError as error:
                raise self._unavailable(path, f"its certificate is not trusted ({_cause(error)})", _TLS) from error
            except (HTTPError, OSError) as error:
                if attempt == ATTEMPTS:
                    raise self._unavailable(path, f"{_fault(error)} ({ATTEMPTS} tries)", _REACH) from error
                self._wait(_pause_s(attempt))
                continue
            if answer.status not in _TRIED_AGAIN:
                return self._checked(path, answer)
            pause_s = self._asked_pause_s(headers, attempt)
            if attempt == ATTEMPTS or pause_s > LONGEST_WAIT_S:
                raise self._unavailable(path, _busy(answer.status, pause_s), "ask less often, or later")
            self._wait(pause_s)
        raise AssertionError

    def close(self) -> None:
        """Close the connection; idempotent."""
        self._pool.clear()

    def _ask(self, path: str, parameters: Mapping[str, str]) -> tuple[Answer, Mapping[str, str]]:
        response = self._pool.request(
            "GET", f"{self.url}{path}", fields=dict(parameters), redirect=False, preload_content=False
        )
        try:
            body = self._whole_body(path, response)
            if response.status == HTTPStatus.OK and body.lstrip()[:1] == b"<":
                raise self._unavailable(path, "it answers with a web page", _PORT)
            document = msgspec.json.decode(body) if response.status == HTTPStatus.OK else None
            return Answer(response.status, document), response.headers
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolError("the answer is not whole JSON") from error
        finally:
            response.close()

    def _whole_body(self, path: str, response: urllib3.BaseHTTPResponse) -> bytes:
        """Raises HTTPError where it ends too early, or trickles in for too long."""
        body = bytearray()
        began_s = self._clock.monotonic_s()
        while piece := response.read1(_PIECE_BYTES):
            body += piece
            if len(body) > MAX_ANSWER_BYTES:
                raise self._unavailable(path, f"its answer has more than {MAX_ANSWER_BYTES:,} bytes", _REPORT)
            if self._clock.monotonic_s() - began_s > ANSWER_TIMEOUT_S:
                raise HttpTimeoutError("the answer takes too long")
        return bytes(body)

    def _checked(self, path: str, answer: Answer) -> Answer:
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise self._unavailable(path, "it refuses the token (401)", "give a valid one with --token-file")
        if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
            raise self._unavailable(path, f"it leads to another address ({answer.status})", "give that address itself")
        return answer

    def _asked_pause_s(self, headers: Mapping[str, str], attempt: int) -> float:
        asked_s = asked_pause_s(headers, self._clock.now())
        return _pause_s(attempt) if asked_s is None else asked_s

    def _unavailable(self, path: str, what: str, do: str) -> GatewayUnavailable:
        return GatewayUnavailable(what, where=f"{self.url}{path}", do=do)


_TLS = "give the authority that signed it with --ca-file"
_REPORT = "please report this"
_PORT = "check the address (ports 8001, or 8444 with TLS), and that no login page or proxy answers there"
_REACH = "check the address, and that the admin API listens there"


def _ssl_context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            "holds no certificates that can be read", where=str(ca_file), do="give a PEM file"
        ) from error


def _pause_s(attempt: int) -> float:
    return float(2 ** (attempt - 1))


def _busy(status: int, pause_s: float) -> str:
    return f"it answers {status}" + (f" and asks to wait for {pause_s:.0f} s" if pause_s > LONGEST_WAIT_S else "")


def _fault(error: Exception) -> str:
    match error:
        case NewConnectionError() | NameResolutionError() | ConnectionRefusedError():
            return f"it cannot be reached ({_cause(error)})"
        case HttpTimeoutError():
            return "it does not answer in time"
        case HTTPError():
            return "its answer broke off in the middle"
    return f"the connection failed ({error})"


def _cause(error: BaseException) -> str:
    """The words of the first of the errors that led to this one; they name no header."""
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return str(error)[:200]
