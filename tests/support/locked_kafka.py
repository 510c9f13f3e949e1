"""A real broker with locks: a listener for each way to encrypt and to log in, and listeners with bad certificates."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from gatemeter.embedded.child_process import ChildProcess
from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.kafka import READY_TIMEOUT_S, EmbeddedKafka, KafkaReadiness
from gatemeter.embedded.ports import LOOPBACK
from tests.support.certificates import Authority
from tests.support.servers import free_port, running

USER, PASSWORD = "meter", 'a "quoted" pass,word='
CLIENT_ID, CLIENT_SECRET = "gatemeter", "client-s3cret"
KEY_PASSWORD = "key-passw0rd"
OTHER_ADDRESS = "127.0.0.9"

_SASL = "org.apache.kafka.common.security"
_PROTOCOLS = {
    "TLS": "SSL",
    "LOGIN": "SASL_SSL",
    "OPEN": "SASL_PLAINTEXT",
    "MUTUAL": "SSL",
    "EXPIRED": "SSL",
    "ELSEWHERE": "SSL",
}


@dataclass(frozen=True)
class LockedKafka(EmbeddedKafka):
    """The embedded broker without locks for the tests themselves, and with the listeners of `_PROTOCOLS`."""

    folder: Path = Path()
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in _PROTOCOLS})

    def at(self, listener: str) -> str:
        """`HOST:PORT` of a listener."""
        return f"{LOOPBACK}:{self.ports[listener]}"

    def _settings(self) -> dict[str, Any]:
        settings = super()._settings()
        for name, protocol in _PROTOCOLS.items():
            settings["listeners"] += f",{name}://{self.at(name)}"
            settings["advertised.listeners"] += f",{name}://{self.at(name)}"
            settings["listener.security.protocol.map"] += f",{name}:{protocol}"
        return settings | self._certificates() | self._logins()

    def _certificates(self) -> dict[str, Any]:
        settings: dict[str, Any] = {"ssl.keystore.type": "PEM", "ssl.truststore.type": "PEM"}
        settings["ssl.truststore.location"] = self.folder / "authority.pem"
        settings["ssl.keystore.location"] = self.folder / "broker.pem"
        settings["listener.name.mutual.ssl.client.auth"] = "required"
        for name in ("expired", "elsewhere"):
            settings[f"listener.name.{name}.ssl.keystore.type"] = "PEM"
            settings[f"listener.name.{name}.ssl.keystore.location"] = self.folder / f"{name}.pem"
        return settings

    def _logins(self) -> dict[str, Any]:
        quoted = PASSWORD.replace('"', '\\\\"')
        modules = {
            "plain": f'{_SASL}.plain.PlainLoginModule required user_{USER}="{quoted}";',
            "scram-sha-256": f"{_SASL}.scram.ScramLoginModule required;",
            "scram-sha-512": f"{_SASL}.scram.ScramLoginModule required;",
            "oauthbearer": f"{_SASL}.oauthbearer.OAuthBearerLoginModule required "
            'unsecuredLoginStringClaim_sub="broker" unsecuredValidatorAllowableClockSkewMs="3000";',
        }
        enabled = {"login": list(modules), "open": ["plain"]}
        settings = {}
        for listener, mechanisms in enabled.items():
            prefix = f"listener.name.{listener}"
            settings[f"{prefix}.sasl.enabled.mechanisms"] = ",".join(name.upper() for name in mechanisms)
            settings |= {f"{prefix}.{name}.sasl.jaas.config": modules[name] for name in mechanisms}
        return settings


@contextmanager
def locked_kafka(path: Path) -> Iterator[LockedKafka]:
    """Run the broker for a block, with the users of PLAIN and SCRAM, and all certificates in `folder`."""
    authority = Authority.make(path / "authority.pem")
    authority.write_signed("broker", path / "broker.pem", address=LOOPBACK)
    authority.write_signed("expired", path / "expired.pem", address=LOOPBACK, is_expired=True)
    authority.write_signed("elsewhere", path / "elsewhere.pem", address=OTHER_ADDRESS)
    authority.write_signed("client", path / "client.pem")
    authority.write_signed("client", path / "client-encrypted.pem", password=KEY_PASSWORD)
    Authority.make(path / "stranger.pem")
    data = DataDir(path / "data")
    with data.hold():
        kafka = LockedKafka(data.kafka_path, data.logs_path / "kafka.log", free_port(), free_port(), folder=path)
        with running(ChildProcess(kafka.prepare())) as process:
            process.wait_until_ready(KafkaReadiness(kafka.address), READY_TIMEOUT_S)
            _add_scram_users(kafka.address)
            yield kafka


def _add_scram_users(address: str) -> None:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    for mechanism in ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512:  # one change of a user a request
        change = UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, 4096), PASSWORD.encode())
        for future in admin.alter_user_scram_credentials([change]).values():
            future.result(timeout=30)


@dataclass
class TokenServer:
    """Gives unsigned tokens, which Kafka's default validator takes, for the right client id and secret."""

    url: str
    asked: int = 0
    scopes: list[str] = field(default_factory=list)
    valid_s: int = 3600


@contextmanager
def token_server() -> Iterator[TokenServer]:
    """Run it for a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            tokens.asked += 1
            tokens.scopes += body.get("scope", [])
            pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
            is_known = self.headers["Authorization"] == f"Basic {pair}" and body["grant_type"] == ["client_credentials"]
            answer = _token(tokens.valid_s) if is_known else {"error": "invalid_client"}
            self.send_response(200 if is_known else 401)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        tokens = TokenServer(f"http://{LOOPBACK}:{server.server_port}/token")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield tokens
        finally:
            server.shutdown()
            thread.join()


def _token(valid_s: int) -> dict[str, Any]:
    now_s = int(time.time())
    parts = {"alg": "none", "typ": "JWT"}, {"sub": CLIENT_ID, "iat": now_s, "exp": now_s + valid_s}
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return {"access_token": f"{'.'.join(encoded)}.", "token_type": "bearer", "expires_in": valid_s}
