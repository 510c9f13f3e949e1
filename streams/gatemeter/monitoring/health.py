"""Whether a worker is alive, and whether it is ready: one line each, for a supervisor."""

from dataclasses import dataclass

from gatemeter.monitoring.snapshot import Flow, Snapshot
from gatemeter.monitoring.watchdog import Stall

_LOOP_SILENCE_LIMIT_S = 10.0

_BROKER_SILENCE_LIMIT_S = 30.0
"""Longer than an election of leaders, or the restart of one broker of several, takes."""


@dataclass(frozen=True, slots=True)
class HealthStatus:
    """Yes or no, and the reason in one line."""

    is_good: bool
    reason: str


def liveness(stall: Stall | None, *, loop_silent_s: float) -> HealthStatus:
    """Whether the process should keep running. A stall counts from half of its limit on."""
    if stall is not None and stall.is_suspected:
        return HealthStatus(False, f"{stall.what}, for {stall.lasts_s:.0f} s")
    if loop_silent_s > _LOOP_SILENCE_LIMIT_S:
        return HealthStatus(False, f"the event loop has not answered for {loop_silent_s:.0f} s")
    return HealthStatus(True, "alive")


def readiness(now: Snapshot, *, brokers_silent_s: float = 0.0, why_silent: str = "") -> HealthStatus:
    """Whether the worker processes what comes in.

    It is ready if its partitions (perhaps none) are read, the brokers answer, and the sink takes writes in time.
    """
    if brokers_silent_s >= _BROKER_SILENCE_LIMIT_S:
        return HealthStatus(False, f"the brokers have not answered for {brokers_silent_s:.0f} s: {why_silent}")
    if now.flow is not Flow.FLOWING:
        return HealthStatus(False, f"the worker is {now.flow.value}")
    if not now.flush.sink_answers:
        overdue = f"the sink has not answered for {now.flush.running_s:.0f} s"
        return HealthStatus(False, f"the last rows are not written yet: {now.flush.last_error or overdue}")
    return HealthStatus(True, f"processing {len(now.partitions)} partitions")
