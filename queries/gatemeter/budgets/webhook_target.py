"""Posts crossings to a webhook, signed as the Standard Webhooks specification 1.0.0 has it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPException
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from gatemeter.budgets.announcing import Outcome
from gatemeter.budgets.budget import Webhook
from gatemeter.budgets.crossing import Crossing
from gatemeter.budgets.webhook_address import RefusedAddressError, checked_address
from gatemeter.errors import SettingsError

_PREFIX = "whsec_"
_LEAST_BYTES, _MOST_BYTES = 24, 64
_MOST_S = 20.0
"""How long to wait for an answer, the connection included."""


def read_secret(webhook: Webhook) -> bytes:
    """The key. Raises SettingsError, which does not repeat it, where there is none or it has another form."""
    where = f"webhook {webhook.name}"
    if webhook.secret_env is not None:
        text, where = os.environ.get(webhook.secret_env, ""), f"{where}, variable {webhook.secret_env}"
    else:
        where = f"{where}, file {webhook.secret_file}"
        try:
            text = webhook.secret_file.read_text(encoding="ascii") if webhook.secret_file else ""
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError("the secret cannot be read", where=where, do="check the path and the rights") from error
    try:
        key = base64.b64decode(text.strip().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.strip().startswith(_PREFIX) or not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
        raise SettingsError(
            "there is no secret of a webhook",
            where=where,
            do=f"give {_PREFIX} and {_LEAST_BYTES} to {_MOST_BYTES} random bytes in base64 (openssl rand -base64 32)",
        )
    return key


def signature(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """The header `webhook-signature` of a message."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


class WebhookTarget:
    """A webhook as a `Target`. No redirect is followed, no proxy used, and nothing of an answer kept but its status."""

    def __init__(self, webhook: Webhook, key: bytes, most_s: float = _MOST_S) -> None:
        self.name = webhook.name
        self._webhook = webhook
        self._key = key
        self._most_s = most_s

    def tell(self, crossing: Crossing, now: datetime) -> tuple[Outcome, str]:
        """See `Target.tell`; the `webhook-id` of a crossing is its id, in every try."""
        try:
            status = self._post(crossing, int(now.timestamp()))
        except RefusedAddressError as error:
            return Outcome.FAILED, str(error)
        except (HTTPError, HTTPException, OSError) as error:
            # The text of these errors has the address, which may hold a secret.
            return Outcome.FAILED, f"not answered: {type(error).__name__}"
        if status == HTTPStatus.GONE:
            return Outcome.GIVEN_UP, f"answered {status}"
        return (Outcome.DELIVERED if 200 <= status < 300 else Outcome.FAILED), f"answered {status}"

    def _post(self, crossing: Crossing, timestamp_s: int) -> int:
        """The status of the answer. Its body is not read: a receiver that does not end it has the crossing, too."""
        parts, body = urlsplit(self._webhook.url), crossing.message
        headers = {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": "gatemeter",
            "webhook-id": crossing.id,
            "webhook-timestamp": str(timestamp_s),
            "webhook-signature": signature(self._key, crossing.id, timestamp_s, body),
        }
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        with closing(self._connection(parts)) as connection, _cut_after(connection, self._most_s):
            connection.request("POST", path, body, headers, preload_content=False)
            return connection.getresponse().status

    def _connection(self, parts: SplitResult) -> HTTPConnection:
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = checked_address(host, port, allow_private=self._webhook.allow_private)
        if parts.scheme == "http":
            return HTTPConnection(address, port, timeout=self._most_s)
        return HTTPSConnection(
            address,
            port,
            timeout=self._most_s,
            server_hostname=host,
            assert_hostname=host,
            ssl_context=ssl.create_default_context(),
        )


@contextmanager
def _cut_after(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """End a connection after so long: a receiver that sends a byte now and then would else hold up all others."""

    def cut() -> None:
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
