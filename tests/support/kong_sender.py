"""A sender with the queue and the retry rules of Kong's plugins that post their log, which cannot be run here.

Read in Kong/kong `kong/tools/queue.lua` and `kong/plugins/http-log/handler.lua`; opentelemetry and Metering & Billing
share that queue: one batch at a time and the others behind it; a status of 300 or more is a failure like any other,
whatever it says, and Retry-After is not read; the wait doubles from 0.01 s to `max_retry_delay_s`; after
`max_retry_time_s` the batch is dropped, and when the queue is full its oldest entry.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from tests.support.http_answers import basic_login

_FIRST_FAILURE = 300


Encode = Callable[[Sequence[bytes]], bytes]
"""Makes a body of a batch of entries."""


def as_json(batch: Sequence[bytes]) -> bytes:
    """The body of http-log, if its batches may be larger than one."""
    return b"[" + b",".join(batch) + b"]"


class KongSender:
    """A context manager that sends what it is given in the background; leaving it waits for the last batch.

    `sent` has the entries whose batch was answered with success, `dropped` those that were given up.
    """

    def __init__(
        self,
        url: str,
        *,
        max_batch_size: int = 1,
        max_coalescing_delay_s: float = 1.0,
        max_entries: int = 10_000,
        max_retry_time_s: float = 60.0,
        max_retry_delay_s: float = 60.0,
        initial_retry_delay_s: float = 0.01,
        timeout_s: float = 10.0,
        encode: Encode = as_json,
        headers: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json"}),
    ) -> None:
        self.sent: list[bytes] = []
        self.dropped: list[bytes] = []
        self.failures: list[str] = []
        self._url = urlsplit(url)
        self._max_batch_size = max_batch_size
        self._max_coalescing_delay_s = max_coalescing_delay_s
        self._max_entries = max_entries
        self._max_retry_time_s = max_retry_time_s
        self._max_retry_delay_s = max_retry_delay_s
        self._initial_retry_delay_s = initial_retry_delay_s
        self._timeout_s = timeout_s
        self._encode = encode
        self._headers = dict(headers)
        if self._url.username:
            self._headers["Authorization"] = basic_login(url)
        self._queue: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._is_ending = False
        self._connection: HTTPConnection | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    @classmethod
    def configured(
        cls, config: Mapping[str, Any], url: str, *, encode: Encode = as_json, media_type: str = "application/json"
    ) -> "KongSender":
        """A plugin with the `config` of a file for decK, but with another URL."""
        queue = config["queue"]
        assert (config.get("method", "POST"), queue["concurrency_limit"]) == ("POST", 1)
        assert queue.get("failure_threshold", 0) == 0, "with a breaker Kong drops entries"
        headers = {"Content-Type": media_type, **config.get("headers", {})}
        if "api_token" in config:
            headers["Authorization"] = f"Bearer {config['api_token']}"
        return cls(
            url,
            max_batch_size=queue["max_batch_size"],
            max_coalescing_delay_s=queue["max_coalescing_delay"],
            max_entries=queue["max_entries"],
            max_retry_time_s=queue["max_retry_time"],
            max_retry_delay_s=queue["max_retry_delay"],
            timeout_s=config.get("timeout", config.get("read_timeout")) / 1000,
            encode=encode,
            headers=headers,
        )

    def __enter__(self) -> "KongSender":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def log(self, entry: bytes) -> None:
        """Put one entry into the queue."""
        with self._changed:
            if len(self._queue) >= self._max_entries:
                self.dropped.append(self._queue.popleft())
            self._queue.append(entry)
            self._changed.notify()

    def _run(self) -> None:
        while batch := self._next_batch():
            self._handle(batch)

    def _next_batch(self) -> list[bytes]:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._is_ending)
            until_s = time.monotonic() + self._max_coalescing_delay_s
            while len(self._queue) < self._max_batch_size and not self._is_ending and time.monotonic() < until_s:
                self._changed.wait(until_s - time.monotonic())
            return [self._queue.popleft() for _ in range(min(len(self._queue), self._max_batch_size))]

    def _handle(self, batch: Sequence[bytes]) -> None:
        started_s, delay_s = time.monotonic(), self._initial_retry_delay_s
        body = batch[0] if self._max_batch_size == 1 else self._encode(batch)
        while (failure := self._post(body)) is not None:
            self.failures.append(failure)
            if time.monotonic() - started_s > self._max_retry_time_s:
                self.dropped += batch
                return
            time.sleep(min(delay_s, self._max_retry_delay_s))
            delay_s *= 2
        self.sent += batch

    def _post(self, body: bytes) -> str | None:
        """What was wrong; None for success."""
        self._connection = self._connection or HTTPConnection(
            str(self._url.hostname), self._url.port, timeout=self._timeout_s
        )
        try:
            self._connection.request("POST", self._url.path or "/", body, self._headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            self._connection = None
            return type(error).__name__
        return None if answer.status < _FIRST_FAILURE else str(answer.status)
