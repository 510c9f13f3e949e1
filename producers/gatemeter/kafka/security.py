"""How clients prove to Kafka brokers who they are, and how they know the brokers: TLS and SASL, for librdkafka."""

import ssl
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from gatemeter.errors import SettingsError
from gatemeter.kafka.security_names import TABLE, key_of, variable_of

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Protocol(StrEnum):
    """Kafka's `security.protocol`: with TLS or without, with a login or without."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"


class Mechanism(StrEnum):
    """Kafka's `sasl.mechanism`: how a login is shown."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"
    OAUTHBEARER = "OAUTHBEARER"


class KafkaSecurity(BaseModel):
    """One checked block of settings.

    `protocol` has TLS unless a protocol without TLS is named. A secret is a value or a file that holds it; `secret`
    reads it. Certificates and keys are PEM files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    protocol: Protocol = Protocol.PLAINTEXT
    mechanism: Mechanism | None = None
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    """The authorities whose certificates brokers may have; None: those that the system trusts."""
    certificate_file: Path | None = None
    """Our own certificate, with the chain behind it, for brokers that ask clients for one."""
    key_file: Path | None = None
    """The key of our certificate; None: it is in `certificate_file`."""
    key_password: SecretStr | None = None
    key_password_file: Path | None = None
    token_url: str | None = None
    """Where OAUTHBEARER's tokens are had for client id and client secret (RFC 6749, section 4.4)."""
    client_id: str | None = None
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    scope: str | None = None
    token_ca_file: Path | None = None
    """As `ca_file`, for the server of `token_url`."""

    @model_validator(mode="before")
    @classmethod
    def _choose_protocol(cls, values: dict[str, object]) -> dict[str, object]:
        if not values or "protocol" in values:
            return values
        return {**values, "protocol": Protocol.SASL_SSL if values.get("mechanism") else Protocol.SSL}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.has_login != (self.mechanism is not None):
            wrong = "needs a mechanism" if self.has_login else "has no login, so it takes no mechanism"
            raise ValueError(f"protocol {self.protocol} {wrong}")
        if self.mechanism is Mechanism.OAUTHBEARER:
            self._require("token_url", "client_id")
            self._check_token_url()
        elif self.mechanism is not None:
            self._require("username")
        self._refuse_unused()
        for name in self._secrets():
            both = getattr(self, name), getattr(self, f"{name}_file")
            if all(both):
                raise ValueError(f"both {key_of(name)} and {key_of(name)}-file are set")
            if not any(both) and name != "key_password":
                raise ValueError(f"{key_of(name)} or {key_of(name)}-file is missing")
        return self

    def _require(self, *names: str) -> None:
        missing = [key_of(name) for name in names if not getattr(self, name)]
        if missing:
            raise ValueError(f"{self.mechanism} needs {' and '.join(missing)}")

    def _secrets(self) -> list[str]:
        """The names of the secrets that these settings use."""
        names = ["key_password"] if self.certificate_file else []
        if self.mechanism is not None:
            names.append("client_secret" if self.mechanism is Mechanism.OAUTHBEARER else "password")
        return names

    def _refuse_unused(self) -> None:
        """A setting without effect is refused: whoever wrote it believes that something is locked."""
        tls = ("ca_file", "certificate_file", "key_file", "key_password", "key_password_file")
        token = ("token_url", "client_id", "client_secret", "client_secret_file", "scope", "token_ca_file")
        password = ("username", "password", "password_file")
        is_token = self.mechanism is Mechanism.OAUTHBEARER
        unused = [*(() if self.has_tls else tls), *(() if is_token else token)]
        if self.mechanism is None or is_token:
            unused += password
        if self.certificate_file is None:
            unused += ("key_file", "key_password", "key_password_file")
        named = [key_of(name) for name in dict.fromkeys(unused) if getattr(self, name) is not None]
        if named:
            how = f"mechanism {self.mechanism}" if self.mechanism else "no mechanism"
            raise ValueError(f"{', '.join(named)} would not be used with protocol {self.protocol} and {how}")

    def _check_token_url(self) -> None:
        """The client secret travels to this address."""
        url = urlsplit(self.token_url or "")
        if not url.hostname or url.username is not None or url.password is not None:
            raise ValueError("token-url is not an address like https://HOST/PATH")
        if url.scheme != "https" and (url.scheme != "http" or url.hostname not in _LOOPBACK):
            raise ValueError("token-url must begin with https://, because the client secret is sent there")

    @property
    def has_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.protocol in (Protocol.SSL, Protocol.SASL_SSL)

    @property
    def has_login(self) -> bool:
        """Whether a login is shown to the brokers."""
        return self.protocol in (Protocol.SASL_PLAINTEXT, Protocol.SASL_SSL)

    def secret(self, name: str) -> str:
        """The secret `name`, from its value or its file without the last line break; '' where it has neither.

        Raises SettingsError for a file that cannot be read, or is empty.
        """
        value: SecretStr | None = getattr(self, name)
        path: Path | None = getattr(self, f"{name}_file")
        if path is None:
            return value.get_secret_value() if value else ""
        try:
            text = path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except OSError as error:
            raise _unusable(f"{name}_file", path, error.strerror or "it cannot be read") from error
        except UnicodeDecodeError:
            raise _unusable(f"{name}_file", path, "it is not UTF-8") from None
        if not text:
            raise _unusable(f"{name}_file", path, "it is empty")
        return text

    def tls_context(self) -> ssl.SSLContext:
        """A context that takes only certificates of known authorities for the host that was asked for.

        Raises SettingsError for a file of certificates or keys that cannot be used.
        """
        context = _context(self.ca_file, "ca_file")
        if self.certificate_file is not None:
            key_file, password = self.key_file or self.certificate_file, self.secret("key_password")
            try:
                # Without a password OpenSSL would ask for it on the terminal.
                context.load_cert_chain(self.certificate_file, key_file, lambda: password)
            except (OSError, ValueError) as error:
                what = error.strerror if isinstance(error, OSError) and error.strerror else "they cannot be used"
                raise SettingsError(
                    f"{self.certificate_file} and {key_file}: {what.lower()}",
                    where=f"[{TABLE}] certificate-file, key-file",
                    do="name PEM files of a certificate and of its key, and the key's password if it has one",
                ) from None
        return context

    def token_tls_context(self) -> ssl.SSLContext:
        """As `tls_context`, for the server of `token_url`."""
        return _context(self.token_ca_file, "token_ca_file")

    def librdkafka_settings(self) -> dict[str, str]:
        """The settings of confluent-kafka's clients; empty for PLAINTEXT. Raises SettingsError for unusable files."""
        if self.protocol is Protocol.PLAINTEXT:
            return {}
        return {"security.protocol": self.protocol.value, **self._tls_settings(), **self._login_settings()}

    def _tls_settings(self) -> dict[str, str]:
        if not self.has_tls:
            return {}
        self.tls_context()  # the client would say neither which setting is wrong nor why
        settings = _ca_settings("ssl.ca.location", self.ca_file)
        if self.certificate_file is not None:
            settings["ssl.certificate.location"] = str(self.certificate_file)
            settings["ssl.key.location"] = str(self.key_file or self.certificate_file)
            if password := self.secret("key_password"):
                settings["ssl.key.password"] = password
        return settings

    def _login_settings(self) -> dict[str, str]:
        if self.mechanism is None:
            return {}
        if self.mechanism is not Mechanism.OAUTHBEARER:
            return {
                "sasl.mechanism": self.mechanism.value,
                "sasl.username": self.username or "",
                "sasl.password": self.secret("password"),
            }
        self.token_tls_context()
        return {
            "sasl.mechanism": self.mechanism.value,
            "sasl.oauthbearer.method": "oidc",
            "sasl.oauthbearer.token.endpoint.url": self.token_url or "",
            "sasl.oauthbearer.client.id": self.client_id or "",
            "sasl.oauthbearer.client.secret": self.secret("client_secret"),
            **({"sasl.oauthbearer.scope": self.scope} if self.scope else {}),
            **_ca_settings("https.ca.location", self.token_ca_file),
        }


def _context(ca_file: Path | None, name: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        what = "it holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
        raise _unusable(name, ca_file, what or "it cannot be read") from error
    # As librdkafka checks: Python from 3.13 on wants extensions that authorities of companies often leave out.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _ca_settings(setting: str, ca_file: Path | None) -> dict[str, str]:
    """As Python's default: the file in SSL_CERT_FILE, else the system's. Where it has none, librdkafka looks itself."""
    path = ca_file or ssl.get_default_verify_paths().cafile
    return {setting: str(path)} if path else {}


def _unusable(name: str, path: Path | None, why: str) -> SettingsError:
    return SettingsError(
        f"{path}: {why.lower()}", where=f"[{TABLE}] {key_of(name)}", do=f"correct it, or {variable_of(name)}"
    )
