"""A worker's tokens come from the token server alone, and an outage of it ends no worker that has one."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from pydantic import SecretStr

from gatemeter.clock import ManualClock
from gatemeter.errors import KafkaUnavailable
from gatemeter.kafka.security import KafkaSecurity, Mechanism, Protocol
from gatemeter.worker.credentials import ClientCredentialsToken

pytestmark = pytest.mark.loopback

SECRET = "hunter2-hunter2"


class TokenServer(ThreadingHTTPServer):
    """Answers with `status` and `document`, and counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status, self.asked = 200, 0
        self.document: Any = {"access_token": "one", "expires_in": 100}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"


class Answer(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(json.dumps(self.server.document).encode())

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 2, 3, tzinfo=UTC))


@pytest.fixture
def provider(server: TokenServer, clock: ManualClock) -> ClientCredentialsToken:
    security = KafkaSecurity(
        protocol=Protocol.SASL_PLAINTEXT,
        mechanism=Mechanism.OAUTHBEARER,
        token_url=server.url,
        client_id="gatemeter",
        client_secret=SecretStr(SECRET),
    )
    return ClientCredentialsToken(security, clock)


def token(provider: ClientCredentialsToken) -> str:
    return asyncio.run(provider.token())


def test_a_token_is_kept_for_four_fifths_of_its_life(
    server: TokenServer, provider: ClientCredentialsToken, clock: ManualClock
) -> None:
    assert token(provider) == "one"
    server.document = {"access_token": "two", "expires_in": 100}
    clock.advance(79.0)
    assert (token(provider), server.asked) == ("one", 1)
    clock.advance(1.0)
    assert (token(provider), server.asked) == ("two", 2)


@pytest.mark.parametrize("document", [{"error": "x"}, [], "text", {"access_token": "one", "expires_in": "soon"}])
def test_an_answer_without_a_token_is_named(
    server: TokenServer, provider: ClientCredentialsToken, document: Any
) -> None:
    server.document = document
    with pytest.raises(KafkaUnavailable, match="its answer holds no access_token; check token-url"):
        token(provider)


def test_an_outage_is_final_only_before_the_first_token(
    server: TokenServer, provider: ClientCredentialsToken, clock: ManualClock
) -> None:
    server.status = 503
    with pytest.raises(KafkaUnavailable, match="HTTP Error 503") as caught:
        token(provider)
    assert SECRET not in str(caught.value)
    server.status = 200
    assert token(provider) == "one"
    server.status = 503
    clock.advance(80.0)
    with pytest.raises(KafkaConnectionError, match="HTTP Error 503"):
        token(provider)


def test_the_secret_follows_no_redirect(server: TokenServer, provider: ClientCredentialsToken) -> None:
    server.status = 302
    with pytest.raises(KafkaUnavailable, match="HTTP Error 302"):
        token(provider)
    assert server.asked == 1
