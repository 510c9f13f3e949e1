"""One block of settings becomes librdkafka's settings; what does not fit together, or would do nothing, is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatemeter.errors import SettingsError
from gatemeter.kafka.client import connection_settings
from gatemeter.kafka.security import KafkaSecurity
from gatemeter.kafka.security_names import variable_of
from gatemeter.kafka.security_settings import configure, security_for
from tests.support.certificates import Authority

BROKER = "broker:9093"
SECRET = "hunter2-hunter2"
SCRAM = {"mechanism": "SCRAM-SHA-512", "username": "meter"}
TOKEN = {"mechanism": "OAUTHBEARER", "token-url": "https://login.example/token", "client-id": "gatemeter"}


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    for name in KafkaSecurity.model_fields:
        monkeypatch.delenv(variable_of(name), raising=False)
    yield
    configure({})


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.make(tmp_path / "authority.pem")


def settings_of(**table: object) -> dict[str, str]:
    configure({key: str(value) for key, value in table.items()})
    settings = connection_settings(BROKER)
    return {key: settings[key] for key in settings if key not in ("bootstrap.servers", "https.ca.location")}


def test_without_settings_a_client_has_only_the_address() -> None:
    assert connection_settings(" broker:9092, other:9092") == {"bootstrap.servers": "broker:9092,other:9092"}


def test_a_login_is_encrypted_unless_the_protocol_says_not(authority: Authority) -> None:
    login = {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "meter", "sasl.password": SECRET}
    encrypted = settings_of(**SCRAM, password=SECRET, ca_file=authority.path)
    assert encrypted == {"security.protocol": "SASL_SSL", "ssl.ca.location": str(authority.path), **login}
    clear = settings_of(**SCRAM, password=SECRET, protocol="SASL_PLAINTEXT")
    assert clear == {"security.protocol": "SASL_PLAINTEXT", **login}


def test_an_authority_alone_means_tls_without_login(authority: Authority) -> None:
    assert settings_of(ca_file=authority.path) == {
        "security.protocol": "SSL",
        "ssl.ca.location": str(authority.path),
    }


def test_a_client_certificate_may_lie_with_its_encrypted_key(authority: Authority, tmp_path: Path) -> None:
    own = authority.write_signed("client", tmp_path / "client.pem", password=SECRET)
    settings = settings_of(ca_file=authority.path, certificate_file=own, key_password=SECRET)
    assert settings["ssl.certificate.location"] == settings["ssl.key.location"] == str(own)
    assert settings["ssl.key.password"] == SECRET


def test_oauthbearer_asks_a_token_server_for_its_tokens() -> None:
    settings = settings_of(**TOKEN, client_secret=SECRET, scope="kafka", protocol="SASL_PLAINTEXT")
    assert settings == {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.token.endpoint.url": "https://login.example/token",
        "sasl.oauthbearer.client.id": "gatemeter",
        "sasl.oauthbearer.client.secret": SECRET,
        "sasl.oauthbearer.scope": "kafka",
    }


def test_the_environment_comes_before_the_settings_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEMETER_KAFKA_PASSWORD", SECRET)
    settings = settings_of(**SCRAM, protocol="SASL_PLAINTEXT", password_file="/nowhere")
    assert settings["sasl.password"] == SECRET


def test_a_file_of_the_environment_replaces_a_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{SECRET}\n")
    monkeypatch.setenv("GATEMETER_KAFKA_PASSWORD_FILE", str(tmp_path / "password"))
    assert settings_of(**SCRAM, protocol="SASL_PLAINTEXT", password="old")["sasl.password"] == SECRET


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"mechanism": "PLAIN", "password": SECRET}, "PLAIN needs username"),
        (SCRAM, "password or password-file is missing"),
        ({**SCRAM, "password": SECRET, "password-file": "x"}, "both password and password-file are set"),
        ({**SCRAM, "password": SECRET, "protocol": "SSL"}, "protocol SSL has no login, so it takes no mechanism"),
        ({"protocol": "SASL_SSL", "password": SECRET}, "protocol SASL_SSL needs a mechanism"),
        ({"protocol": "PLAINTEXT", "ca-file": "x"}, "ca-file would not be used with protocol PLAINTEXT"),
        ({"username": "meter", "password": SECRET}, "username, password would not be used with protocol SSL"),
        ({**SCRAM, "password": SECRET, "scope": "x"}, "scope would not be used"),
        ({"mechanism": "GSSAPI"}, "mechanism: input should be 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512' or 'OAUTH"),
        ({"pasword": SECRET}, "pasword: extra inputs are not permitted"),
        ({**TOKEN, "client-secret": SECRET, "token-url": "http://login.example"}, "must begin with https://"),
        ({**TOKEN, "client-secret": SECRET, "token-url": f"https://x:{SECRET}@y"}, "is not an address like"),
        ({"mechanism": "OAUTHBEARER", "client-secret": SECRET}, "OAUTHBEARER needs token-url and client-id"),
    ],
)
def test_what_does_not_fit_together_is_named_without_secrets(table: dict[str, str], said: str) -> None:
    configure(table)
    with pytest.raises(SettingsError, match=said) as caught:
        connection_settings(BROKER)
    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


@pytest.mark.parametrize("name", ["ca_file", "certificate_file", "password_file", "empty_password_file"])
def test_a_file_that_cannot_be_used_is_named_by_its_setting(name: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("" if name == "empty_password_file" else "-----BEGIN nothing")
    login = {**SCRAM, "protocol": "SASL_PLAINTEXT"}
    table = {
        "ca_file": {"ca-file": str(wrong)},
        "certificate_file": {"certificate-file": str(wrong)},
        "password_file": {**login, "password-file": str(tmp_path / "missing")},
        "empty_password_file": {**login, "password-file": str(wrong)},
    }[name]
    configure(table)
    with pytest.raises(SettingsError, match=rf"\[kafka-security\] {name.removeprefix('empty_').replace('_', '-')}"):
        connection_settings(BROKER)


def test_a_key_s_password_is_not_asked_for_on_the_terminal(authority: Authority, tmp_path: Path) -> None:
    own = authority.write_signed("client", tmp_path / "client.pem", password=SECRET)
    configure({"ca-file": str(authority.path), "certificate-file": str(own)})
    with pytest.raises(SettingsError, match="the key's password if it has one"):
        connection_settings(BROKER)


def test_no_secret_is_in_a_text_of_the_settings() -> None:
    configure({**TOKEN, "client-secret": SECRET})
    security = security_for(BROKER)
    assert SECRET not in f"{security!r} {security} {security.model_dump()} {security.model_dump_json()}"
