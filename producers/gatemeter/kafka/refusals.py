"""Why a broker that takes connections does not answer: certificates, logins, or the wrong protocol.

librdkafka often says only that a broker is down. What it leaves out is found with a TLS handshake of our own.
"""

import re
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gatemeter.kafka.security import KafkaSecurity, Mechanism
from gatemeter.kafka.security_names import TABLE

_PROBE_TIMEOUT_S = 2.0
_LONGEST_REASON = 300

_LARGEST_ANSWER_BYTES = 4096

# Kafka's number of the request, and its error codes: none, and UNSUPPORTED_SASL_MECHANISM.
_SASL_HANDSHAKE = 17
_WITH_MECHANISMS = (0, 33)

# OpenSSL's codes of verification: x509_vfy.h.
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME = (62, 64)

_UNSUPPORTED = re.compile(r"Unsupported SASL mechanism: broker's supported mechanisms: ([\w,-]+)")
_NO_LOGIN_WANTED = re.compile(r"not valid in current SASL state")
_NO_TOKEN = re.compile(r"OAUTHBEARER token")
_LOGIN_REFUSED = re.compile(r"SASL authentication error|SaslAuthenticationFailed|Authentication failed")
_CERTIFICATE_REFUSED = re.compile(r"alert (?:bad certificate|certificate required|unknown ca|certificate unknown)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a broker refuses, or we refuse of it, and what to do about it."""

    what: str
    do: str


def refusal_of(broker: str, security: KafkaSecurity, reason: str) -> Refusal | None:
    """Why `broker` (HOST:PORT), which takes connections, cannot be used; None if that is not known.

    `reason` is the last error of a Kafka client. Takes some seconds at most.
    """
    reason = reason[:_LONGEST_REASON]
    return _of_tls(broker, security) or _of_certificate(broker, security, reason) or _of_login(broker, security, reason)


def _of_tls(broker: str, security: KafkaSecurity) -> Refusal | None:
    if not security.has_tls:
        if _handshake(broker, _any_certificate()) is not None:
            return None
        encrypted = "SASL_SSL" if security.has_login else "SSL"
        return Refusal(
            f"{broker} answers in TLS, and the protocol here is {security.protocol}",
            f"set protocol = {encrypted} in [{TABLE}], or correct the port",
        )
    error = _handshake(broker, security.tls_context())
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refusal(
            f"the certificate of {broker} is not accepted: {error.verify_message.rstrip('.')}", _do(error.verify_code)
        )
    if isinstance(error, ssl.SSLError | ConnectionResetError):
        clear = "SASL_PLAINTEXT" if security.has_login else "PLAINTEXT"
        return Refusal(
            f"{broker} does not answer in TLS, and the protocol here is {security.protocol}",
            f"correct the port, or set protocol = {clear} in [{TABLE}] if nothing is to be encrypted",
        )
    return None


def _do(verify_code: int) -> str:
    if verify_code in (_NOT_YET_VALID, _EXPIRED):
        return "renew the broker's certificate, or correct this machine's clock"
    if verify_code in _OTHER_NAME:
        return "use the host name that the certificate is for, in --kafka and in the broker's advertised.listeners"
    return f"set ca-file in [{TABLE}] to the authority that signed it"


def _of_certificate(broker: str, security: KafkaSecurity, reason: str) -> Refusal | None:
    if not security.has_tls or not _CERTIFICATE_REFUSED.search(reason):
        return None
    if security.certificate_file is None:
        return Refusal(f"{broker} asks clients for a certificate", f"set certificate-file and key-file in [{TABLE}]")
    return Refusal(
        f"{broker} does not accept the certificate in {security.certificate_file}",
        "use one that its authority signed and that is valid today",
    )


def _of_login(broker: str, security: KafkaSecurity, reason: str) -> Refusal | None:
    if security.mechanism is None:
        offered = " or ".join(_mechanisms_of(broker, security))
        do = f"set mechanism = {offered}, and a user, in [{TABLE}]"
        own = "an embedded broker answers only to the user who runs it"
        return Refusal(f"{broker} asks for a login", f"{do}; {own}") if offered else None
    if found := _UNSUPPORTED.search(reason):
        offered = " or ".join(found[1].split(","))
        return Refusal(f"{broker} has no logins with {security.mechanism}", f"set mechanism = {offered} in [{TABLE}]")
    if _NO_LOGIN_WANTED.search(reason):
        without = "SSL" if security.has_tls else "PLAINTEXT"
        return Refusal(f"{broker} takes no login here", f"correct the port, or set protocol = {without} in [{TABLE}]")
    if security.mechanism is Mechanism.OAUTHBEARER and _NO_TOKEN.search(reason):
        return Refusal(
            f"there is no token for {broker}: {reason}",
            f"check token-url, client-id, client-secret and scope in [{TABLE}]",
        )
    if _LOGIN_REFUSED.search(reason):
        who = security.client_id if security.mechanism is Mechanism.OAUTHBEARER else security.username
        return Refusal(
            f"{broker} refuses the login of {who} with {security.mechanism}",
            f"correct the user and the secret in [{TABLE}], and make the user on the brokers for {security.mechanism}",
        )
    return None


def _mechanisms_of(broker: str, security: KafkaSecurity) -> list[str]:
    """The mechanisms with which `broker` takes a login; none where it takes no login, or is not a Kafka broker.

    Kafka's SaslHandshake, version 1 (https://kafka.apache.org/protocol), with which every login begins.
    """
    request = struct.pack(">hhih2s", _SASL_HANDSHAKE, 1, 0, 2, b"gm") + struct.pack(">h5s", 5, b"PLAIN")
    try:
        with _connected(broker, security.tls_context() if security.has_tls else None) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.recv(_LARGEST_ANSWER_BYTES)
    except OSError:
        return []
    return _mechanisms_in(answer)


def _mechanisms_in(answer: bytes) -> list[str]:
    """Those in an answer of size, correlation id, error code, and texts with their number before them."""
    names, position = [], 14
    try:
        size, _, error, count = struct.unpack_from(">iihi", answer)
        if error not in _WITH_MECHANISMS or size != len(answer) - 4:
            return []
        for _ in range(count):
            (length,) = struct.unpack_from(">h", answer, position)
            names.append(answer[position + 2 : position + 2 + length].decode("ascii"))
            position += 2 + length
    except (struct.error, UnicodeDecodeError):
        return []
    return names


def _handshake(broker: str, context: ssl.SSLContext) -> OSError | None:
    """The error of a TLS handshake with `broker`; None for one that succeeds."""
    try:
        with _connected(broker, context):
            return None
    except OSError as error:
        return error


@contextmanager
def _connected(broker: str, context: ssl.SSLContext | None) -> Iterator[socket.socket]:
    host, _, port = broker.rpartition(":")
    host = host.strip("[]")
    with socket.create_connection((host, int(port)), timeout=_PROBE_TIMEOUT_S) as connection:
        if context is None:
            yield connection
            return
        with context.wrap_socket(connection, server_hostname=host) as encrypted:
            yield encrypted


def _any_certificate() -> ssl.SSLContext:
    """For a handshake that only shows whether a server speaks TLS; nothing is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
