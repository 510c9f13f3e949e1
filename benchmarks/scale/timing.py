"""How long something takes, several times in a row: by the clock, and in CPU seconds of all threads."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

COMMAND_GOAL_S = 1.0
"""For a whole command, the start of Python included."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of each run. CPU time tells more than the clock where other work shares the machine."""

    clock_s: Sequence[float]
    cpu_s: Sequence[float]

    @property
    def median_s(self) -> float:
        """The median by the clock."""
        return statistics.median(self.clock_s)

    @property
    def median_cpu_s(self) -> float:
        """The median of CPU seconds."""
        return statistics.median(self.cpu_s)

    def __str__(self) -> str:
        spread = f"{min(self.clock_s):.2f} .. {max(self.clock_s):.2f}"
        return f"{self.median_s:.2f} s ({spread}; {self.median_cpu_s:.2f} CPU s)"


def timed(call: Callable[[], object], repeats: int) -> Timing:
    """The runs of `call` in this process, after one that is not measured."""
    call()
    clock_s, cpu_s = [], []
    for _ in range(repeats):
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        call()
        clock_s.append(time.perf_counter() - began_s)
        cpu_s.append(time.process_time() - began_cpu_s)
    return Timing(clock_s, cpu_s)


def timed_command(arguments: Sequence[str], data: Path, repeats: int) -> Timing:
    """The runs of `gatemeter` on the store in `data`, which nobody else may have open."""
    command = [sys.executable, "-m", "gatemeter", *arguments, "--data", str(data)]
    clock_s, cpu_s = [], []
    for _ in range(repeats):
        began_s, began_cpu_s = time.perf_counter(), _cpu_of_children_s()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
        clock_s.append(time.perf_counter() - began_s)
        cpu_s.append(_cpu_of_children_s() - began_cpu_s)
    return Timing(clock_s, cpu_s)


def _cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
