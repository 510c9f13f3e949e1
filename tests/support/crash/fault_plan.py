"""Where a worker can be made to fail, and the plan of failures that one worker process gets.

A worker goes round: poll, check, hand over, decode, accumulate, take the changed rows, write table after table, have
all acknowledged, move the pointer, commit. Around an assignment it gives its partitions up, finds its start offsets,
seeks and resumes. A fault point lies directly before or after one of these steps. Each step is a method or function
of the product, named here by module, class and method. `fault_hooks` carries a plan out.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from gatemeter.schema import CORRECTIONS, COUNTED_ENDS, TABLES
from gatemeter.schema.rungs import USAGE_TOUCHES

PLAN_VARIABLE = "GATEMETER_CRASH_FAULTS"
"""The environment variable in which a plan travels to the worker process."""


class Side(StrEnum):
    """On which side of its step a fault point lies."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class FaultPoint:
    """One place to fail: `owner` is `module` or `module:Class`, `method` the step; `table` narrows it to one table."""

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
    ("decode", "gatemeter.formats.decoders:Decoders", "decode"),
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

STEPS = tuple(step for step, _, _ in _STEPS)
"""Every step but the writes, in the order in which a worker goes through them."""

WRITTEN_TABLES = tuple(table.name for table in (USAGE_TOUCHES, *TABLES, COUNTED_ENDS) if table is not CORRECTIONS)
"""Every table that a flush writes."""


def _points() -> list[FaultPoint]:
    points = [FaultPoint(f"{step}.{side}", owner, method, side) for step, owner, method in _STEPS for side in Side]
    return points + [
        FaultPoint(f"write.{name}.{side}", *_INSERT, side, name) for name in WRITTEN_TABLES for side in Side
    ]


FAULT_POINTS = {point.name: point for point in _points()}
"""All of them, by name: `STEP.SIDE` or `write.TABLE.SIDE`."""

STEPS_OF_A_REBALANCE = frozenset(("revoke", "assign", "perform_seek", "decide_starts", "seek", "resume"))
"""Steps that a worker passes again only when another one joins or leaves its group."""

STEPS_OF_A_STOP = frozenset(("last_flush", "stop"))
"""Steps that a worker passes, or passes again, only after SIGTERM."""

PASSED_ONCE = frozenset(("commit", "stop"))
"""Steps whose first pass is the one that matters: there may be no second."""


class Act(StrEnum):
    """What happens at a fault point."""

    KILL = "kill"
    """SIGKILL to itself."""
    STOP = "stop"
    """SIGSTOP to itself, until the test sends SIGCONT."""
    DELAY = "delay"
    """It waits there for `delay_s`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`act` at the fault point `point`, the `passes`-th time a worker comes there (1-based; 0: every time)."""

    point: str
    act: Act
    passes: int = 1
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Everything that goes wrong in one worker.

    `drop_chunks` is the share of chunks lost between driver and agent, `drop_records` the share of fetches lost before
    the driver checks them, both drawn from `seed`. `drop_first_chunks` is how many chunks are lost at the very
    beginning. With `lose_fetch`, everything fetched between an assignment and its seek is lost. `control` names a
    guard that is off (`guards_off`).
    """

    faults: Sequence[Fault] = ()
    drop_chunks: float = 0.0
    drop_records: float = 0.0
    drop_first_chunks: int = 0
    lose_fetch: bool = False
    seed: int = 0
    control: str = ""

    def environment(self) -> dict[str, str]:
        """The variable that carries the plan."""
        return {PLAN_VARIABLE: json.dumps(asdict(self))}

    @staticmethod
    def parse(text: str) -> "FaultPlan":
        """The reverse of `environment`; a plan without faults for ''."""
        if not text:
            return FaultPlan()
        document = json.loads(text)
        faults = [Fault(**{**fault, "act": Act(fault["act"])}) for fault in document.pop("faults")]
        return FaultPlan(faults, **document)


def kill_at(point: str, passes: int = 1) -> FaultPlan:
    """SIGKILL at a fault point."""
    return FaultPlan([Fault(point, Act.KILL, passes)])
