"""Shippers of other makers with their ready-made files, following one log file into one topic."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import yaml

from gatemeter.embedded.ports import LOOPBACK, is_answering
from tests.support.gatemeter_command import running
from tests.support.gateways.built_programs import debian_program, otel_collector
from tests.support.gateways.program import CONFIGURATIONS
from tests.support.servers import free_port
from tests.support.waiting import wait_for

Shipper = Callable[[Path, str, str, Path], AbstractContextManager[None]]
"""Runs with the log file, the broker, the topic and a folder of its own, for a block."""


@contextmanager
def otel_collector_following(log: Path, kafka: str, topic: str, directory: Path) -> Iterator[None]:
    """An OpenTelemetry collector with files.yaml."""
    path = directory / "otelcol.yaml"
    path.write_text(yaml.safe_dump(_otel_settings(log, kafka, topic)), encoding="utf-8")
    command = [str(otel_collector()), "--config", str(path)]
    with running(command=command, log=directory / "otelcol.txt"):
        yield


def _otel_settings(log: Path, kafka: str, topic: str) -> Any:
    settings = yaml.safe_load((CONFIGURATIONS / "otel-collector" / "files.yaml").read_text(encoding="utf-8"))
    settings["receivers"]["file_log"]["include"] = [str(log)]
    settings["exporters"]["kafka"]["brokers"] = [kafka]
    settings["exporters"]["kafka"]["logs"]["topic"] = topic
    settings["service"]["telemetry"] = {"metrics": {"level": "none"}}  # else it listens on a port
    return settings


@contextmanager
def rsyslog_following(log: Path, kafka: str, topic: str, directory: Path) -> Iterator[None]:
    """rsyslog with gatemeter.conf."""
    rsyslog, path = debian_program("rsyslog", "usr/sbin/rsyslogd"), directory / "rsyslog.conf"
    (directory / "spool").mkdir()
    text = (CONFIGURATIONS / "rsyslog" / "gatemeter.conf").read_text(encoding="utf-8")
    changes = {
        "/var/log/kong/access.json": str(log),
        "/var/spool/rsyslog": str(directory / "spool"),
        "broker-1.example:9092": kafka,
        'topic="access-log"': f'topic="{topic}"',
    }
    for ours, theirs in changes.items():
        assert ours in text
        text = text.replace(ours, theirs)
    path.write_text(text, encoding="utf-8")
    options = ["-n", "-f", str(path), "-i", str(directory / "pid"), "-M", str(rsyslog.libraries / "rsyslog")]
    command = [str(rsyslog.path), *options]
    with running(command=command, log=directory / "rsyslog.txt", env=rsyslog.environment):
        yield


@contextmanager
def otel_collector_forwarding(door: str, directory: Path) -> Iterator[str]:
    """An OpenTelemetry collector with otlp.yaml, which hands on to the collector `door`; yields its own URL."""
    settings = yaml.safe_load((CONFIGURATIONS / "otel-collector" / "otlp.yaml").read_text(encoding="utf-8"))
    port, path = free_port(), directory / "otelcol.yaml"
    protocols = settings["receivers"]["otlp"]["protocols"]
    protocols["http"]["endpoint"], protocols["grpc"]["endpoint"] = f"{LOOPBACK}:{port}", f"{LOOPBACK}:{free_port()}"
    exporter = settings["exporters"]["otlp_http/gatemeter"]
    exporter["logs_endpoint"] = exporter["logs_endpoint"].replace("http://gatemeter.example:8686", door)
    settings["service"]["telemetry"] = {"metrics": {"level": "none"}}
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = [str(otel_collector()), "--config", str(path)]
    environment = {"GATEMETER_TOKEN": "t"}
    with running(command=command, log=directory / "otelcol.txt", env=environment):
        wait_for(lambda: is_answering(port), "the OpenTelemetry collector listens")
        yield f"http://{LOOPBACK}:{port}"
