"""A worker whose brokers have gone away since the command asked them for the topic."""

import sys

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.worker.run import run_worker
from gatemeter.worker.settings import WorkerSettings
from tests.support.logs import METERING


def run() -> None:
    """Run it until it ends; nothing listens on its broker's port."""
    sys.exit(run_worker(WorkerSettings(kafka="127.0.0.1:9"), "topic-id", MemorySink(), METERING))
