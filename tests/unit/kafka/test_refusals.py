"""What a broker says about logins is understood, and what is not an answer of Kafka's is left alone."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from gatemeter.kafka.refusals import Refusal, refusal_of
from gatemeter.kafka.security import KafkaSecurity, Mechanism, Protocol

OPEN = KafkaSecurity()
PLAIN = KafkaSecurity(
    protocol=Protocol.SASL_PLAINTEXT, mechanism=Mechanism.PLAIN, username="meter", password=SecretStr("hunter2")
)
NOWHERE = "127.0.0.1:9"

pytestmark = pytest.mark.loopback


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that gives one answer to whatever it is sent; its HOST:PORT."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1000)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def handshake(error: int, *mechanisms: bytes) -> bytes:
    """Kafka's answer to SaslHandshake: size, correlation id, error, mechanisms."""
    body = struct.pack(">ihi", 0, error, len(mechanisms))
    body += b"".join(struct.pack(">h", len(name)) + name for name in mechanisms)
    return struct.pack(">i", len(body)) + body


def test_a_broker_that_wants_a_login_is_asked_for_mechanisms() -> None:
    with answering(handshake(33, b"SCRAM-SHA-256", b"SCRAM-SHA-512")) as broker:
        refusal = refusal_of(broker, OPEN, "1/1 brokers are down")
    assert refusal == Refusal(
        f"{broker} asks for a login",
        "set mechanism = SCRAM-SHA-256 or SCRAM-SHA-512, and a user, in [kafka-security]; an embedded broker answers "
        "only to the user who runs it",
    )


@pytest.mark.parametrize(
    "answer",
    [
        handshake(34, b"PLAIN"),
        handshake(0)[:9],
        handshake(0, b"PLAIN")[:-2],
        struct.pack(">iihi", 10, 0, 0, 2**31 - 1),
        handshake(0, b"\xff"),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"",
    ],
)
def test_any_other_answer_tells_nothing_about_logins(answer: bytes) -> None:
    with answering(answer) as broker:
        assert refusal_of(broker, OPEN, "1/1 brokers are down") is None


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        (
            "SASL authentication error: Authentication failed: Invalid username or password",
            "refuses the login of meter",
        ),
        (
            "Broker: Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-256",
            "has no logins with PLAIN",
        ),
        ("Broker: Request not valid in current SASL state: broker's supported mechanisms:", "takes no login here"),
    ],
)
def test_a_refused_login_is_told_apart_by_what_the_client_says(reason: str, what: str) -> None:
    refusal = refusal_of(NOWHERE, PLAIN, reason)
    assert refusal is not None
    assert what in refusal.what


def test_a_broker_that_is_away_refuses_nothing() -> None:
    encrypted = KafkaSecurity(protocol=Protocol.SSL)
    assert [refusal_of(NOWHERE, each, "Connection refused") for each in (OPEN, PLAIN, encrypted)] == [None] * 3
