"""The settings of `KafkaSecurity` as Faust, and aiokafka below it, take them."""

import asyncio
import base64
import json
import math
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

import faust
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import KafkaUnavailable
from gatemeter.kafka.security import KafkaSecurity, Mechanism
from gatemeter.kafka.security_settings import security_for

_TOKEN_TIMEOUT_S = 5.0
_LARGEST_TOKEN_BYTES = 1024 * 1024
_USED_SHARE = 0.8
"""Of a token's life; what is left is for the brokers' clocks and for a token server that does not answer at once."""


def faust_credentials(kafka: str) -> Any:
    """Faust's `broker_credentials` for the brokers `kafka`; None for brokers without TLS and login.

    They hold secrets: never show them. Raises SettingsError as `security_for` and `KafkaSecurity.secret` do.
    """
    security = security_for(kafka)
    context = security.tls_context() if security.has_tls else None
    if security.mechanism is None:
        return None if context is None else faust.SSLCredentials(context)
    if security.mechanism is Mechanism.OAUTHBEARER:
        return faust.OAuthCredentials(oauth_cb=ClientCredentialsToken(security), ssl_context=context)
    return faust.SASLCredentials(
        username=security.username,
        password=security.secret("password"),
        mechanism=security.mechanism.value,
        ssl_context=context,
    )


class ClientCredentialsToken(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """A token that the server at `token_url` gives for client id and secret (RFC 6749, section 4.4).

    It is kept for four fifths of the time for which it is valid. aiokafka asks at each connection.
    """

    def __init__(self, security: KafkaSecurity, clock: Clock | None = None) -> None:
        self._request = _token_request(security)
        self._open = build_opener(_NoRedirect, HTTPSHandler(context=security.token_tls_context())).open
        self._clock = clock or SystemClock()
        self._token = ""
        self._renew_at_s = -math.inf

    async def token(self) -> str:
        """A token that is valid now.

        If the server gives none, raises KafkaUnavailable for the first, and later an error that aiokafka repeats.
        """
        asked_s = self._clock.monotonic_s()
        if asked_s >= self._renew_at_s:
            try:
                token, valid_s = await asyncio.to_thread(self._ask)
            except KafkaUnavailable as error:
                if self._token:
                    raise KafkaConnectionError(str(error)) from error
                raise
            self._token, self._renew_at_s = token, asked_s + valid_s * _USED_SHARE
        return self._token

    def _ask(self) -> tuple[str, float]:
        """A token, and for how many seconds it is valid."""
        try:
            with self._open(self._request, timeout=_TOKEN_TIMEOUT_S) as answer:
                document = json.loads(answer.read(_LARGEST_TOKEN_BYTES))
            return str(document["access_token"]), float(document.get("expires_in", 0))
        except HTTPError as error:
            error.close()
            raise _no_token(self._request, str(error)) from None
        except OSError as error:
            raise _no_token(self._request, str(error)) from None
        except (ValueError, TypeError, KeyError, HTTPException):
            raise _no_token(self._request, "its answer holds no access_token") from None


class _NoRedirect(HTTPRedirectHandler):
    """The client secret goes to `token_url` and nowhere else."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Refuse: the answer becomes an error."""


def _token_request(security: KafkaSecurity) -> Request:
    body = {"grant_type": "client_credentials"} | ({"scope": security.scope} if security.scope else {})
    # As librdkafka, which joins them without encoding them first (RFC 6749, section 2.3.1, would encode them).
    pair = f"{security.client_id}:{security.secret('client_secret')}"
    headers = {
        "Accept": "application/json",
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return Request(security.token_url or "", urlencode(body).encode(), headers, method="POST")  # noqa: S310 - checked


def _no_token(request: Request, why: str) -> KafkaUnavailable:
    return KafkaUnavailable(
        f"no token for the brokers: {why}",
        where=request.full_url,
        do="check token-url, client-id, client-secret and scope in [kafka-security]",
    )
