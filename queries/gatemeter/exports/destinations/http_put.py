"""An HTTP server that takes files by PUT as a destination."""

import ssl
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from gatemeter.clock import Clock
from gatemeter.errors import DeliveryError
from gatemeter.exports.destinations.destination import another_file, temporary_directory
from gatemeter.exports.manifest import MANIFEST_NAME
from gatemeter.exports.staged_file import StagedFile
from gatemeter.http_address import require_http_address, require_token
from gatemeter.http_retries import asked_pause_s, is_distrust
from gatemeter.output.text import count_of

ATTEMPTS = 5
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 10.0, 60.0
LONGEST_S = 3600.0
"""For one file with all tries."""
LONGEST_WAIT_S = 60.0

_STORED = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_MOST_MANIFEST_BYTES = 64 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024


class HttpDestination:
    """`http(s)://HOST/FOLDER`; `token` is shown as Bearer. `wait` is called with seconds before a new try.

    What is there is known as far as the server answers HEAD and GET; where it answers neither, a file is sent again.
    Raises SettingsError for what is not such an address or a token.
    """

    def __init__(self, url: str, token: str = "", *, clock: Clock, wait: Callable[[float], None] = time.sleep) -> None:
        instead_of_login = "leave it out, and give a token with --token-file"
        form = "write https://HOST/FOLDER"
        require_http_address(url, "a folder", form=form, instead_of_login=instead_of_login, where="--out")
        require_token(token)
        self.name = url.rstrip("/")
        self._clock = clock
        self._wait = wait
        self._pool = urllib3.PoolManager(
            num_pools=1,
            headers={"User-Agent": "gatemeter", "Accept-Encoding": "identity"}
            | ({"Authorization": f"Bearer {token}"} if token else {}),
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
            ssl_context=ssl.create_default_context() if url.startswith("https:") else None,
        )

    def manifest(self) -> bytes | None:
        """See `Destination.manifest`."""
        status, _, body = self._tried("GET", MANIFEST_NAME)
        return body if status == HTTPStatus.OK else None

    def working_directory(self, names: Collection[str]) -> AbstractContextManager[Path]:
        """See `Destination.working_directory`."""
        return temporary_directory()

    def put(self, file: StagedFile) -> bool:
        """See `Destination.put`."""
        name = file.facts.name
        if self._has(file):
            return False
        status, sent, _ = self._tried("PUT", name, file)
        if status not in _STORED:
            raise self._failed(name, f"it refuses the file ({status})", _CHECK)
        status, headers, _ = self._tried("HEAD", name)
        if status == HTTPStatus.NOT_FOUND:
            raise self._failed(name, "it acknowledged the file, and does not have it", _LIES)
        if status == HTTPStatus.OK:
            self._require_whole(file, sent, headers)
        status, _, digest = self._tried("GET", name, read=_digest)
        if status == HTTPStatus.OK and digest.hex() != file.facts.sha256:
            raise self._failed(name, "it acknowledged the file, and has another one", _LIES)
        return True

    def _require_whole(self, file: StagedFile, sent: Mapping[str, str], headers: Mapping[str, str]) -> None:
        name, size_bytes, length = file.facts.name, file.facts.size_bytes, headers.get("Content-Length")
        if length is not None and length != str(size_bytes):
            raise self._failed(name, f"it acknowledged {size_bytes:,} bytes, and has {length}", _LIES)
        tags = [each["ETag"] for each in (sent, headers) if each.get("ETag", "W/").startswith('"')]
        if len(set(tags)) > 1:
            raise self._failed(name, "it acknowledged the file, and has another one", _LIES)

    def _has(self, file: StagedFile) -> bool:
        """Whether the file is there; False where it is not told. Raises ConflictError where another one is."""
        name = file.facts.name
        status, headers, _ = self._tried("HEAD", name)
        if status == HTTPStatus.NOT_FOUND:
            return False
        length = headers.get("Content-Length", "")
        is_told = status == HTTPStatus.OK and length.isascii() and length.isdigit()
        if is_told and int(length) != file.facts.size_bytes:
            raise another_file(f"{self.name}/{name}")
        status, _, digest = self._tried("GET", name, read=_digest)
        if status == HTTPStatus.OK and digest.hex() != file.facts.sha256:
            raise another_file(f"{self.name}/{name}")
        return status == HTTPStatus.OK

    def _tried(
        self, method: str, name: str, file: StagedFile | None = None, read: "Read | None" = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and what `read` makes of the body; a status of `_AGAIN` does not count as an answer."""
        ends_s = self._clock.monotonic_s() + LONGEST_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                status, headers, body = self._asked(method, name, file, ends_s, read or _short)
            except (HTTPError, OSError) as error:
                if is_distrust(error):
                    raise self._failed(name, "its certificate is not trusted", "check the address") from error
                what, pause_s = _fault(error), _pause_s(attempt)
                cause: Exception | None = error
            else:
                if status not in _AGAIN:
                    return self._allowed(name, status), headers, body
                what, pause_s, cause = f"it answers {status}", self._asked_pause_s(headers, attempt), None
            if attempt == ATTEMPTS or self._clock.monotonic_s() + pause_s > ends_s or pause_s > LONGEST_WAIT_S:
                raise self._failed(
                    name, f"{what} ({count_of(attempt, 'attempt')})", "run again later: what is there stays"
                ) from cause
            self._wait(pause_s)
        raise AssertionError

    def _asked(
        self, method: str, name: str, file: StagedFile | None, ends_s: float, read: "Read"
    ) -> tuple[int, Mapping[str, str], bytes]:
        if file is None:
            return self._answer(method, name, ends_s, read)
        with file.path.open("rb") as content:
            headers = {
                **self._pool.headers,
                "Content-Length": str(file.facts.size_bytes),
                "Content-Type": file.facts.media_type,
            }
            body = _Bounded(content, self._clock, ends_s)
            return self._answer(method, name, ends_s, read, body=body, headers=headers)

    def _answer(
        self, method: str, name: str, ends_s: float, read: "Read", **sent: object
    ) -> tuple[int, Mapping[str, str], bytes]:
        response = self._pool.request(
            method,
            f"{self.name}/{name}",
            redirect=False,
            preload_content=False,
            **sent,  # type: ignore[arg-type]
        )
        try:
            return response.status, response.headers, read(_Bounded(response, self._clock, ends_s))
        finally:
            response.close()

    def _allowed(self, name: str, status: int) -> int:
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED):
            raise self._failed(name, f"it refuses the token ({status})", "give a valid one with --token-file")
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise self._failed(name, f"it leads to another address ({status})", "give that address itself")
        return status

    def _asked_pause_s(self, headers: Mapping[str, str], attempt: int) -> float:
        asked_s = asked_pause_s(headers, self._clock.now())
        return _pause_s(attempt) if asked_s is None else asked_s

    def _failed(self, name: str, what: str, do: str) -> DeliveryError:
        return DeliveryError(what, where=f"{self.name}/{name}", do=do)


_CHECK = "check that it takes files by PUT there, and what the token may do"
_LIES = "check what stands in front of it, delete the file, and run again"


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Bounded:
    """Bytes whose reading fails once time is up, so that a server that takes or sends them slowly ends, too."""

    def __init__(self, file: _Readable, clock: Clock, ends_s: float) -> None:
        self._file = file
        self._clock = clock
        self._ends_s = ends_s

    def read(self, size: int = -1) -> bytes:
        if self._clock.monotonic_s() > self._ends_s:
            raise HttpTimeoutError("the file takes too long")
        return self._file.read(size)


Read = Callable[[_Bounded], bytes]
"""Makes something of the body of an answer."""


def _short(body: _Bounded) -> bytes:
    return body.read(_MOST_MANIFEST_BYTES)


def _digest(body: _Bounded) -> bytes:
    """The SHA-256 of the body."""
    found = sha256()
    while piece := body.read(_PIECE_BYTES):
        found.update(piece)
    return found.digest()


def _pause_s(attempt: int) -> float:
    return float(2 ** (attempt - 1))


def _fault(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.NewConnectionError | ConnectionRefusedError):
        return "it cannot be reached"
    if isinstance(error, HttpTimeoutError):
        return "it does not answer in time"
    return "the connection broke off"
