"""What a consumer process needs to count a backlog, without what it needs to start."""

from collections.abc import Callable, Sequence

from benchmarks.contestants import Run
from benchmarks.measured_child import MeasuredChild
from benchmarks.workshop import Message, Workshop

IsCounted = Callable[[int], bool]
"""Whether the process has counted so many events, and stored that."""


def catch_up(
    child: MeasuredChild,
    workshop: Workshop,
    topic: str,
    backlog: Sequence[Message],
    event_count: int,
    is_counted: IsCounted,
) -> Run:
    """Let `child`, which reads `topic`, count the `event_count` events of `backlog`.

    It first counts a single event; by then it has started, joined its group and written once. Then it stands still
    while the topic is filled, so that it meets all of the backlog at once.
    """
    child.wait_until(lambda: is_counted(1))
    with child.frozen():
        workshop.send(topic, backlog)
        start_up_cpu_s = child.cpu_s()
    child.wait_until(lambda: is_counted(event_count + 1))
    return Run(event_count, child.cpu_s() - start_up_cpu_s, start_up_cpu_s)
