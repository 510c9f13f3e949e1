"""The login of an embedded broker is found by the broker's address, and only while it is written down."""

from pathlib import Path

import pytest

from gatemeter.errors import SettingsError
from gatemeter.kafka.client import connection_settings
from gatemeter.kafka.login import KafkaLogin, login_for, written_down

BROKER = "127.0.0.1:29092"
LOGIN = KafkaLogin("gatemeter", "hunter2")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_a_login_is_for_its_address_and_its_time() -> None:
    with written_down(BROKER, LOGIN):
        assert login_for(BROKER) == LOGIN
        assert connection_settings(BROKER)["sasl.password"] == "hunter2"
        assert login_for("127.0.0.1:29093") is None
    assert (login_for(BROKER), connection_settings(BROKER)) == (None, {"bootstrap.servers": BROKER})


def test_a_login_of_a_killed_run_is_replaced(state: Path) -> None:
    written_down(BROKER, KafkaLogin("gatemeter", "old")).__enter__()
    with written_down(BROKER, LOGIN):
        assert login_for(BROKER) == LOGIN
        (file,) = (path for path in state.rglob("*") if path.is_file())
        assert (file.stat().st_mode & 0o077, file.parent.stat().st_mode & 0o077) == (0, 0)


def test_a_damaged_file_is_no_login(state: Path) -> None:
    with written_down(BROKER, LOGIN):
        (file,) = (path for path in state.rglob("*") if path.is_file())
        file.write_text('{"user": 1}')
        assert login_for(BROKER) is None


def test_a_directory_that_cannot_be_written_is_named(state: Path) -> None:
    (state / "gatemeter").touch()
    with pytest.raises(SettingsError, match=r"cannot be written down: .*set XDG_STATE_HOME to a directory"):
        written_down(BROKER, LOGIN).__enter__()


def test_the_password_is_in_no_text() -> None:
    assert "hunter2" not in f"{LOGIN!r} {LOGIN}"
