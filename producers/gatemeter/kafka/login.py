"""The login of an embedded broker, which every command of this user finds by the broker's address.

While an embedded broker runs, its login is written down under its address in a directory that only this user can read:
`gatemeter/kafka-logins` in `XDG_STATE_HOME`, else in `~/.local/state`. Brokers of one's own have no login there: see
`security`.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gatemeter.errors import SettingsError

MECHANISM = "PLAIN"
PROTOCOL = "SASL_PLAINTEXT"
_STATE_VARIABLE = "XDG_STATE_HOME"


@dataclass(frozen=True, slots=True)
class KafkaLogin:
    """User and password; neither needs quoting."""

    user: str
    password: str = field(repr=False)

    def settings(self) -> dict[str, str]:
        """The librdkafka settings."""
        return {
            "security.protocol": PROTOCOL,
            "sasl.mechanism": MECHANISM,
            "sasl.username": self.user,
            "sasl.password": self.password,
        }


def login_for(kafka: str) -> KafkaLogin | None:
    """The login for the brokers `kafka` (`HOST:PORT`, several joined by commas); None if none is written down."""
    try:
        return msgspec.json.decode(_path(kafka).read_bytes(), type=KafkaLogin)
    except (OSError, RuntimeError, msgspec.MsgspecError):
        return None


@contextlib.contextmanager
def written_down(kafka: str, login: KafkaLogin) -> Iterator[None]:
    """Let `login_for(kafka)` return `login`, in any process of this user, until the block ends.

    Raises SettingsError if the directory cannot be written.
    """
    try:
        path = _path(kafka)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(login))
    except (OSError, RuntimeError) as error:
        raise SettingsError(
            f"the login of the broker cannot be written down: {error}", do=f"set {_STATE_VARIABLE} to a directory"
        ) from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _path(kafka: str) -> Path:
    state = os.environ.get(_STATE_VARIABLE)
    root = Path(state) if state else Path.home() / ".local" / "state"
    return root / "gatemeter" / "kafka-logins" / f"{kafka.replace('/', '_').strip()}.json"
