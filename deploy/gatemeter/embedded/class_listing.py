"""Finds out which classes of its jars Kafka loads, by running it: what `class_archive` makes an archive of.

For developers: `python -m gatemeter.embedded.class_listing` rewrites the list. Run it after a change of Kafka's
version; a class that the list lacks, or has in vain, costs time and nothing else.
"""

import os
import secrets
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from gatemeter.embedded.child_process import ChildProcess
from gatemeter.embedded.class_archive import CLASSES_FILE
from gatemeter.embedded.kafka import READY_TIMEOUT_S, EmbeddedKafka, KafkaReadiness
from gatemeter.embedded.kafka_jars import kafka_classpath
from gatemeter.embedded.ports import choose_port
from gatemeter.kafka.login import KafkaLogin

_TOPIC = "classes"
_WAIT_S = 60


def classes_of_kafka() -> list[str]:
    """The classes that a broker loads from its jars while it starts, takes a message and gives it to a group."""
    with TemporaryDirectory() as folder:
        path, listed = Path(folder) / "kafka", Path(folder) / "classes"
        path.mkdir()
        login = KafkaLogin("classes", secrets.token_urlsafe(24))
        kafka = EmbeddedKafka(path, Path(folder) / "kafka.log", _port(), _port(), login)
        spec = kafka.prepare()
        java, *rest = spec.command
        process = ChildProcess(replace(spec, command=[java, "-Xshare:off", f"-XX:DumpLoadedClassList={listed}", *rest]))
        try:
            process.wait_until_ready(KafkaReadiness(kafka.address, login), READY_TIMEOUT_S)
            _use({"bootstrap.servers": kafka.address, **login.settings()})
        finally:
            process.stop()
        of_jars = _names_in_jars()
        return sorted(of_jars.intersection(listed.read_text(encoding="ascii").split()))


def _port() -> int:
    return choose_port(requested=None, remembered=None, flag="classes")


def _names_in_jars() -> set[str]:
    return {
        name.removesuffix(".class")
        for jar in kafka_classpath().split(os.pathsep)
        for name in zipfile.ZipFile(jar).namelist()
        if name.endswith(".class")
    }


def _use(settings: dict[str, str]) -> None:
    admin = AdminClient(dict(settings))
    admin.create_topics([NewTopic(_TOPIC, 1)])[_TOPIC].result(_WAIT_S)
    producer = Producer({**settings, "enable.idempotence": True})
    producer.produce(_TOPIC, b"x")
    producer.flush(_WAIT_S)
    consumer = Consumer({**settings, "group.id": _TOPIC, "auto.offset.reset": "earliest"})
    consumer.subscribe([_TOPIC])
    consumer.consume(1, timeout=_WAIT_S)
    consumer.commit(asynchronous=False)
    consumer.close()


def main() -> None:
    """Run Kafka, with a message sent and read, and write the classes that it loads from its jars to the list."""
    CLASSES_FILE.write_text("".join(f"{name}\n" for name in classes_of_kafka()), encoding="ascii")


if __name__ == "__main__":
    main()
