"""Whether a worker is alive, and whether it does its work: one line each, for whatever watches over it."""

from dataclasses import dataclass

from gatemeter.monitoring.partition_state import Flow
from gatemeter.monitoring.watchdog import Stall
from gatemeter.monitoring.worker_state import Snapshot

_LOOP_MAY_TAKE_S = 10.0

BROKERS_MAY_TAKE_S = 30.0
"""An election of leaders, or the restart of one broker of several, is over by then."""


@dataclass(frozen=True, slots=True)
class HealthStatus:
    """Yes or no, and why."""

    is_good: bool
    reason: str


def liveness(stall: Stall | None, *, is_doubtful: bool, loop_silent_s: float) -> HealthStatus:
    """Whether the process should go on as it is."""
    if stall is not None and is_doubtful:
        return HealthStatus(False, f"{stall.what}, for {stall.lasts_s:.0f} s")
    if loop_silent_s > _LOOP_MAY_TAKE_S:
        return HealthStatus(False, f"the event loop has not answered for {loop_silent_s:.0f} s")
    return HealthStatus(True, "alive")


def readiness(now: Snapshot, *, brokers_silent_s: float = 0.0, why_silent: str = "") -> HealthStatus:
    """Whether the worker does its work.

    Partitions are assigned and read (or the group has none to give), the brokers answer, and the sink took what it
    was given, in time.
    """
    if brokers_silent_s >= BROKERS_MAY_TAKE_S:
        return HealthStatus(False, f"the brokers have not answered for {brokers_silent_s:.0f} s: {why_silent}")
    if now.flow is not Flow.FLOWING:
        return HealthStatus(False, f"the worker is {now.flow.value}")
    if not now.flush.sink_answers:
        overdue = f"the sink has not answered for {now.flush.running_s:.0f} s"
        return HealthStatus(False, f"the last rows are not written yet: {now.flush.last_error or overdue}")
    return HealthStatus(True, f"processing {len(now.partitions)} partitions")
