"""Whether a worker is alive, and whether it does its work: one line each, for whatever watches over it."""

from dataclasses import dataclass

from gatemeter.streams.monitoring.flow import Flow
from gatemeter.streams.monitoring.watchdog import Stall
from gatemeter.streams.monitoring.worker_state import Snapshot

_LOOP_MAY_TAKE_S = 10.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes or no, and why."""

    is_good: bool
    reason: str


def liveness(stall: Stall | None, *, is_doubtful: bool, loop_silent_s: float) -> Verdict:
    """Whether the process should go on as it is."""
    if stall is not None and is_doubtful:
        return Verdict(False, f"{stall.what}, for {stall.lasts_s:.0f} s")
    if loop_silent_s > _LOOP_MAY_TAKE_S:
        return Verdict(False, f"the event loop has not answered for {loop_silent_s:.0f} s")
    return Verdict(True, "alive")


def readiness(now: Snapshot) -> Verdict:
    """Whether partitions are assigned and read (or the group has none to give), and the sink took what it was given."""
    if now.flow is not Flow.FLOWING:
        return Verdict(False, f"the worker is {now.flow.value}")
    if not now.flush.sink_answers:
        return Verdict(False, f"the last rows are not written yet: {now.flush.last_error}")
    return Verdict(True, f"processing {len(now.partitions)} partitions")
