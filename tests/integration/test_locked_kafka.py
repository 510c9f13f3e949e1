"""Every client of gatemeter opens every lock of a real broker, and says what is wrong where it cannot."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic

import pytest
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from gatemeter.errors import KafkaUnavailable
from gatemeter.kafka import topics
from gatemeter.kafka.security import KafkaSecurity
from gatemeter.kafka.security_names import variable_of
from gatemeter.kafka.topics import ensure_topic, list_topics
from gatemeter.monitoring.kafka_ends import KafkaEndReader
from gatemeter.wire.topics import TopicSpec
from gatemeter.worker.credentials import faust_credentials
from gatemeter.worker.run import explained
from tests.support.command_in_process import invoked, run
from tests.support.event_accounts import consumed_in
from tests.support.forked_commands import running
from tests.support.kong_events import request_line
from tests.support.locked_kafka import (
    CLIENT_ID,
    CLIENT_SECRET,
    KEY_PASSWORD,
    PASSWORD,
    USER,
    LockedKafka,
    TokenServer,
    locked_kafka,
    token_server,
)
from tests.support.smoke import smoke
from tests.support.waiting import wait_for_number

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

Use = Callable[[Mapping[str, str]], None]

LIMIT_S = 20.0
CONNECT_S = 2.0
EVENTS = 20
PLAIN = {"mechanism": "PLAIN", "username": USER, "password": PASSWORD}
TOKEN = {"mechanism": "OAUTHBEARER", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
CLEAR = {"protocol": "SASL_PLAINTEXT"}
CA = {"ca_file": "authority.pem"}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LockedKafka]:
    with locked_kafka(tmp_path_factory.mktemp("locked")) as kafka:
        ensure_topic(kafka.address, TopicSpec("open", partitions=1))
        yield kafka


@pytest.fixture(scope="module")
def tokens() -> Iterator[TokenServer]:
    with token_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_login_of_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def variables(broker: LockedKafka, tokens: TokenServer, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of `settings`, whose files are relative to the broker's."""
    files = {name: str(broker.folder / value) for name, value in settings.items() if name.endswith("_file")}
    url = {"token_url": tokens.url} if "client_id" in settings else {}
    return {variable_of(name): value for name, value in {**settings, **files, **url}.items()}


@pytest.fixture
def use(broker: LockedKafka, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Put settings into the environment of this process."""

    def set_variables(settings: Mapping[str, str]) -> None:
        for name in KafkaSecurity.model_fields:
            monkeypatch.delenv(variable_of(name), raising=False)
        for name, value in variables(broker, tokens, settings).items():
            monkeypatch.setenv(name, value)

    return set_variables


async def aiokafka_topics(kafka: str) -> set[str]:
    """What a worker's consumer sees with the worker's credentials."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, **credentials_to_aiokafka_auth(faust_credentials(kafka)))
    try:
        await consumer.start()
        return set(await consumer.topics())
    finally:
        await consumer.stop()


@pytest.mark.parametrize(
    ("listener", "settings"),
    smoke(
        [
            ("TLS", CA),
            ("MUTUAL", {**CA, "certificate_file": "client-encrypted.pem", "key_password": KEY_PASSWORD}),
            ("LOGIN", {**CA, **PLAIN, "mechanism": "SCRAM-SHA-512"}),
            ("LOGIN", {**CA, **TOKEN, "scope": "kafka"}),
            ("OPEN", {**CLEAR, **PLAIN}),
            ("MUTUAL", {**CA, "certificate_file": "client.pem"}),
            ("LOGIN", {**CA, **PLAIN}),
            ("LOGIN", {**CA, **PLAIN, "mechanism": "SCRAM-SHA-256"}),
        ],
        5,
        reason="a plain key, and ways to log in of which the parts are in `make test`",
    ),
)
def test_both_client_libraries_open_each_lock(
    listener: str, settings: dict[str, str], broker: LockedKafka, use: Use
) -> None:
    use(settings)
    assert "open" in {topic.name for topic in list_topics(broker.at(listener))}
    assert KafkaEndReader(broker.at(listener), "open").end_offsets([0]) == {0: 0}
    assert "open" in asyncio.run(aiokafka_topics(broker.at(listener)))


ANSWERS_IN_TLS = "answers in TLS, and the protocol here is PLAINTEXT; set protocol = SSL"
REFUSED = [
    ("LOGIN", {**CA, **PLAIN, "password": "hunter2"}, f"refuses the login of {USER} with PLAIN; correct the user"),
    (
        "LOGIN",
        {**CA, **PLAIN, "mechanism": "SCRAM-SHA-512", "password": "hunter2"},
        f"refuses the login of {USER} with SCRAM-SHA-512; correct the user",
    ),
    ("LOGIN", {**CA, **TOKEN, "client_secret": "hunter2"}, "there is no token .*invalid_client.*; check token-url"),
    ("LOGIN", CA, "asks for a login; set mechanism = .*SCRAM-SHA-512"),
    ("OPEN", {}, "asks for a login; set mechanism = PLAIN, and a user"),
    (
        "OPEN",
        {**CLEAR, **PLAIN, "mechanism": "SCRAM-SHA-256"},
        "has no logins with SCRAM-SHA-256; set mechanism = PLAIN",
    ),
    ("TLS", {"ca_file": "stranger.pem"}, "is not accepted: .*; set ca-file .* to the authority that signed it"),
    ("TLS", {"protocol": "SSL"}, "is not accepted: .*; set ca-file .* to the authority that signed it"),
    ("EXPIRED", CA, "is not accepted: certificate has expired; renew the broker's certificate"),
    ("ELSEWHERE", CA, r"IP address mismatch, .*; use the host name that the certificate is for"),
    ("MUTUAL", CA, "asks clients for a certificate; set certificate-file and key-file"),
    ("TLS", {}, ANSWERS_IN_TLS),
    ("LOGIN", {**CLEAR, **PLAIN}, "answers in TLS, and the protocol here is SASL_PLAINTEXT; set protocol = SASL_SSL"),
    ("TLS", {**CA, **PLAIN}, "takes no login here; correct the port, or set protocol = SSL"),
    ("CLIENTS", CA, "does not answer in TLS, and the protocol here is SSL; correct the port"),
]


def is_told_by_a_handshake(listener: str, settings: dict[str, str], _said: str) -> bool:
    """aiokafka's error says nothing; that of a login is in its log, and an alert in a closed connection nowhere."""
    return "mechanism" not in settings and listener != "MUTUAL"


@pytest.mark.parametrize(
    ("listener", "settings", "said"),
    smoke(REFUSED, 3, reason="waits two seconds; in `make test` a worker's consumer meets all"),
)
def test_a_lock_that_stays_shut_says_why(
    listener: str, settings: dict[str, str], said: str, broker: LockedKafka, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "_CONNECT_TIMEOUT_S", CONNECT_S)
    use(settings)
    kafka = broker.address if listener == "CLIENTS" else broker.at(listener)
    with pytest.raises(KafkaUnavailable, match=said) as caught:
        list_topics(kafka)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("listener", "settings", "said"), [case for case in REFUSED if is_told_by_a_handshake(*case)])
def test_a_worker_s_consumer_says_why_too(
    listener: str, settings: dict[str, str], said: str, broker: LockedKafka, use: Use
) -> None:
    """As where the client that asks for the topic gets through, and the worker's consumer does not."""
    use(settings)
    kafka = broker.address if listener == "CLIENTS" else broker.at(listener)
    with pytest.raises(Exception, match="Unable to bootstrap") as caught:
        asyncio.run(aiokafka_topics(kafka))
    with pytest.raises(KafkaUnavailable, match=said):
        raise explained(caught.value, kafka)


def test_a_worker_s_token_is_asked_for_once_and_renewed(broker: LockedKafka, tokens: TokenServer, use: Use) -> None:
    use({**CA, **TOKEN})
    provider = faust_credentials(broker.at("LOGIN")).oauth_cb
    asked = tokens.asked
    first = asyncio.run(provider.token())
    assert asyncio.run(provider.token()) == first
    assert tokens.asked == asked + 1
    provider._renew_at_s = 0.0
    asyncio.run(provider.token())
    assert tokens.asked == asked + 2


@pytest.mark.long(reason="each client opens each lock in `make test`")
def test_all_commands_work_through_tls_and_scram_from_one_file(
    broker: LockedKafka, store_url: str, unique_name: str, tmp_path: Path
) -> None:
    """The password is in a file of its own, and in no argument and no output."""
    events, secret, settings = tmp_path / "access.ndjson", tmp_path / "password", tmp_path / "gatemeter.toml"
    events.write_bytes(b"".join(request_line(f"request-{number}") + b"\n" for number in range(EVENTS)))
    secret.write_text(f"{PASSWORD}\n")
    settings.write_text(
        f'kafka = "{broker.at("LOGIN")}"\ntopic = "{unique_name}"\n'
        f'[kafka-security]\nmechanism = "SCRAM-SHA-512"\nusername = "{USER}"\n'
        f'password-file = "{secret}"\nca-file = "{broker.folder / "authority.pem"}"\n'
    )
    file, log, source = ("--config", settings), tmp_path / "worker.log", f"{unique_name}-source"
    for topic in source, unique_name:
        run(*file, "topics", "apply", "--topic", topic, "--partitions", 2, "--replication-factor", 1)
    shipped = run(*file, "ship", events, "--topic", source)
    relayed = run(*file, "relay", "--once", "--from", source, "--to", unique_name)
    with running(*file, "worker", "--clickhouse", store_url, "--group", unique_name, log=log):
        wait_for_number(lambda: consumed_in(store_url), EVENTS, f"all events counted; see {log}", log)
    run(*file, "verify", "--deep", "--clickhouse", store_url)
    assert PASSWORD not in log.read_text() + shipped.output + relayed.output


@pytest.mark.long(reason="waits for retries; clients with a wrong password are in `make test`")
def test_a_worker_with_a_wrong_password_ends_with_one_line(broker: LockedKafka, store_url: str) -> None:
    settings = {**PLAIN, "password": "hunter2", "ca_file": str(broker.folder / "authority.pem")}
    env = {variable_of(name): value for name, value in settings.items()}
    began_s = monotonic()
    ended = invoked("worker", "--kafka", broker.at("LOGIN"), "--clickhouse", store_url, env=env)
    assert monotonic() - began_s < LIMIT_S
    assert isinstance(ended.exception, KafkaUnavailable)
    assert f"refuses the login of {USER} with PLAIN" in str(ended.exception)
