"""The borders between any two steps of a worker at which a test can let it fail, by name.

A worker goes round: poll, check, hand over, decode, accumulate, take the changed rows, write table after table, have
all acknowledged, move the pointer, commit. Around an assignment it lets go, finds its start, seeks and resumes. Every
point lies directly before or after one of these steps, each of which is a method (or function) of the product.
"""

from dataclasses import dataclass
from enum import StrEnum

from gatemeter.schema import CORRECTIONS, TABLES


class Side(StrEnum):
    """On which side of its step a point lies."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class FaultPoint:
    """One border: `owner` is `module` or `module:Class`, `method` what it holds, `table` narrows to its inserts."""

    name: str
    owner: str
    method: str
    side: Side
    table: str | None = None

    @property
    def step(self) -> str:
        """The name without the side."""
        return self.name.rpartition(".")[0]


_DRIVER = "gatemeter.worker.driver:Consumer"
_STEPS = (
    ("poll", _DRIVER, "_wait_next_records"),
    ("check", "gatemeter.sources.contiguity:DeliveryGuard", "check"),
    ("hand_over", _DRIVER, "_messages"),
    ("count", "gatemeter.worker.app", "count_chunk"),
    ("decode", "gatemeter.formats.registry:Decoders", "decode"),
    ("accumulate", "gatemeter.metering.epoch:Epoch", "add"),
    ("advance", "gatemeter.metering.partition:PartitionCounter", "add"),
    ("take_flush", "gatemeter.worker.assignment:Assignment", "take_flushes"),
    ("confirm", "gatemeter.worker.topic_identity:TopicIdentity", "confirm"),
    ("acknowledge", "gatemeter.worker.flusher:Flusher", "_write"),
    ("move_pointer", "gatemeter.metering.partition:PartitionCounter", "flushed"),
    ("commit", _DRIVER, "_commit"),
    ("revoke", _DRIVER, "on_partitions_revoked"),
    ("assign", _DRIVER, "on_partitions_assigned"),
    ("perform_seek", _DRIVER, "perform_seek"),
    ("decide_starts", "gatemeter.worker.start_offsets:StartOffsets", "decide"),
    ("seek", _DRIVER, "seek_wait"),
    ("resume", _DRIVER, "resume_flow"),
    ("last_flush", "gatemeter.worker.context:WorkerContext", "flush_in_time"),
    ("stop", _DRIVER, "on_stop"),
)
_INSERT = ("gatemeter.clickhouse.sink:ClickHouseSink", "_insert")


def _points() -> list[FaultPoint]:
    points = [FaultPoint(f"{step}.{side}", owner, method, side) for step, owner, method in _STEPS for side in Side]
    names = [table.name for table in TABLES if table is not CORRECTIONS]  # which no worker writes
    return points + [FaultPoint(f"write.{name}.{side}", *_INSERT, side, name) for name in names for side in Side]


FAULT_POINTS = {point.name: point for point in _points()}
"""All of them, by name."""

STEPS_OF_A_REBALANCE = frozenset(("revoke", "assign", "perform_seek", "decide_starts", "seek", "resume"))
"""Those that a worker passes again only when another one joins or leaves its group."""

STEPS_OF_A_STOP = frozenset(("last_flush", "stop"))
"""Those that a worker passes, or passes again, only when it is told to stop."""

PASSED_ONCE = frozenset(("commit", "stop"))
"""Those whose first pass is the one that matters: there may be no second."""
