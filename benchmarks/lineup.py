"""Who takes part: the same contestants on recent traffic and on a month of it."""

from collections.abc import Sequence

from benchmarks.clickhouse_itself import ClickHouseItself
from benchmarks.contestants import Contestant
from benchmarks.counting import Counting, CountingIntoEngine
from benchmarks.decode_alone import DecodeAlone
from benchmarks.plain_faust import PlainFaust
from benchmarks.traffic import FramedTraffic
from benchmarks.worker_process import WorkerProcess
from benchmarks.workshop import Workshop

DECODE = "msgspec decode alone"
COUNTING = "worker without Kafka, rows dropped"
COUNTING_INTO_ENGINE = "worker without Kafka, rows into chDB"
CLICKHOUSE = "ClickHouse itself (chDB)"
WORKER = "worker process, Kafka to ClickHouse"
PLAIN_FAUST = "plain Faust, one event a message"


def counting_contestants(traffic: FramedTraffic, workshop: Workshop) -> Sequence[Contestant]:
    """All that count `traffic` whole."""
    engine_path = workshop.path / "engine"
    return (
        DecodeAlone(DECODE, traffic),
        Counting(COUNTING, traffic),
        CountingIntoEngine(COUNTING_INTO_ENGINE, traffic, engine_path),
        ClickHouseItself(CLICKHOUSE, traffic, engine_path),
        WorkerProcess(WORKER, traffic, workshop),
    )


def plain_faust(traffic: FramedTraffic, event_count: int, workshop: Workshop) -> Contestant:
    """The slow one, with the first `event_count` events of `traffic`."""
    return PlainFaust(PLAIN_FAUST, traffic, event_count, workshop)
