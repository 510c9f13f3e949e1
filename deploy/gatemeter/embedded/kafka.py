"""Apache Kafka as a child process: one KRaft node on loopback, its data under the data directory."""

import base64
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from gatemeter.embedded.child_process import ChildSpec, last_lines
from gatemeter.embedded.class_archive import archive_options
from gatemeter.embedded.java_runtime import find_java
from gatemeter.embedded.kafka_jars import cache_path, kafka_classpath, locked
from gatemeter.embedded.ports import LOOPBACK, is_answering
from gatemeter.embedded.private_files import PRIVATE_UMASK
from gatemeter.errors import KafkaUnavailable
from gatemeter.kafka.login import MECHANISM, PROTOCOL, KafkaLogin
from gatemeter.wire.topics import MAX_MESSAGE_BYTES

READY_TIMEOUT_S = 90.0
_FORMAT_TIMEOUT_S = 120
_STOP_TIMEOUT_S = 20.0
_METADATA_TIMEOUT_S = 1.0
_UNLIMITED = -1
_TEN_YEARS_MINUTES = 10 * 366 * 24 * 60
_PROPERTIES = "server.properties"
# Relative to Kafka's working directory: an absolute path with a comma would be taken for two directories.
_SEGMENTS = "segments"

_JVM_OPTIONS = (
    "-Xms96m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    # Only the quick compiler: the broker is ready in half the time, and at this size no slower afterwards.
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


@dataclass(frozen=True, slots=True)
class EmbeddedKafka:
    """A node with its data in `path`. Clients use `address`; only the node uses `controller_port`."""

    path: Path
    log_path: Path
    port: int
    controller_port: int
    login: KafkaLogin | None = None
    """What clients and the node itself have to show; None: the broker is open to every user of the machine."""

    @property
    def address(self) -> str:
        """`HOST:PORT` for clients."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> ChildSpec:
        """Find Java, fetch missing jars, write the settings, format new storage, and return the child to start.

        The first start makes an archive of Kafka's classes, so that later ones take half the time.

        Raises InstallError if Java or a jar is missing and cannot be fetched, KafkaUnavailable if formatting fails.
        """
        java = _java_of_kafka()
        (self.path / _PROPERTIES).write_text(self._properties(), encoding="ascii")
        if not (self.path / _SEGMENTS / "meta.properties").exists():
            self._format(java)
        return ChildSpec(
            name="Kafka",
            command=[*java, "kafka.Kafka", _PROPERTIES],
            log_path=self.log_path,
            error=KafkaUnavailable,
            working_directory=self.path,
            stop_timeout_s=_STOP_TIMEOUT_S,
            is_healthy=KafkaReadiness(self.address, self.login),
        )

    def _format(self, java: list[str]) -> None:
        # Only new storage is formatted: the cluster id is stored with the data, and another one would be refused.
        command = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        command += ["--cluster-id", _new_cluster_id(), "--config", _PROPERTIES]
        if self._run_tool(command) != 0:
            raise KafkaUnavailable(
                f"its storage could not be formatted: {' | '.join(last_lines(self.log_path))}",
                where=str(self.path),
                do=f"read {self.log_path}",
            )

    def _run_tool(self, command: list[str]) -> int:
        """The exit code of one of Kafka's tools; its output goes to Kafka's log."""
        with self.log_path.open("ab") as log:
            try:
                return subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.path,
                    timeout=_FORMAT_TIMEOUT_S,
                    umask=PRIVATE_UMASK,
                ).returncode
            except subprocess.TimeoutExpired as error:
                raise KafkaUnavailable(
                    f"its storage was not formatted within {_FORMAT_TIMEOUT_S} s",
                    where=str(self.path),
                    do=f"read {self.log_path}, and try again on a machine that is less busy",
                ) from error

    def _properties(self) -> str:
        return "".join(f"{key}={value}\n" for key, value in self._settings().items())

    def _settings(self) -> dict[str, Any]:
        protocol = PROTOCOL if self.login else "PLAINTEXT"
        return {
            "node.id": 1,
            "process.roles": "broker,controller",
            "listeners": f"CLIENTS://{self.address},CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "advertised.listeners": f"CLIENTS://{self.address}",
            "listener.security.protocol.map": f"CLIENTS:{protocol},CONTROLLER:{protocol}",
            "inter.broker.listener.name": "CLIENTS",
            **(_login_settings(self.login) if self.login else {}),
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
            "log.dirs": _SEGMENTS,
            # Topics are created explicitly, with the planned number of partitions.
            "auto.create.topics.enable": "false",
            "message.max.bytes": MAX_MESSAGE_BYTES,
            "replica.fetch.max.bytes": MAX_MESSAGE_BYTES,
            # Only a topic's own retention deletes messages, and committed offsets are kept as long.
            "log.retention.ms": _UNLIMITED,
            "log.retention.bytes": _UNLIMITED,
            "offsets.retention.minutes": _TEN_YEARS_MINUTES,
            # One node, few clients, quick start.
            "group.initial.rebalance.delay.ms": 0,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 4,
            # There is no other node that could fall behind, and be told so by a record twice a second.
            "metadata.max.idle.interval.ms": 0,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        }


def _java_of_kafka() -> list[str]:
    """Java with its options and Kafka's jars: a main class is all that is missing."""
    java, classpath, cache = find_java(), kafka_classpath(), cache_path()
    with locked(cache):
        archive = archive_options(java, _JVM_OPTIONS, classpath, cache / "classes")
    return [str(java), *_JVM_OPTIONS, *archive, "-cp", classpath]


def _login_settings(login: KafkaLogin) -> dict[str, str]:
    """The node logs in to itself, too: its controller's port is as open as the clients'."""
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    own = f'{module} required username="{login.user}" password="{login.password}" user_{login.user}="{login.password}";'
    return {
        "sasl.enabled.mechanisms": MECHANISM,
        "sasl.mechanism.inter.broker.protocol": MECHANISM,
        "sasl.mechanism.controller.protocol": MECHANISM,
        "listener.name.clients.plain.sasl.jaas.config": own,
        "listener.name.controller.plain.sasl.jaas.config": own,
    }


class KafkaReadiness:
    """Asks whether the broker at `HOST:PORT` answers a metadata request and lists itself in the answer."""

    def __init__(self, address: str, login: KafkaLogin | None = None) -> None:
        self._port = int(address.rpartition(":")[2])
        # The client would log every failed attempt on stderr, and failures are expected until the broker is ready.
        quiet = {"log_level": 0, "reconnect.backoff.max.ms": 200}
        self._admin = AdminClient({"bootstrap.servers": address, **quiet, **(login.settings() if login else {})})

    def __call__(self) -> bool:
        """Ask once."""
        if not is_answering(self._port):
            return False
        try:
            return bool(self._admin.list_topics(timeout=_METADATA_TIMEOUT_S).brokers)
        except KafkaException:
            return False


def _new_cluster_id() -> str:
    # Kafka's form: 16 random bytes in URL-safe base64. The tool would take a leading dash for an option.
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text
