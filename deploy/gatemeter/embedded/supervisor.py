"""Keeps children running: one that dies or no longer answers is started again, unless it dies too often in a row."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gatemeter.clock import Clock, SystemClock
from gatemeter.embedded.child_process import ChildProcess, ChildSpec
from gatemeter.errors import StopError

UNHEALTHY_AFTER_S = 30.0
"""The time without an answer after which a child that has answered before is ended."""
START_TIMEOUT_S = 90.0
"""The same for a child that has not answered yet."""
HEALTH_INTERVAL_S = 5.0
_LOOK_INTERVAL_S = 0.2
_SIGNAL_POLL_S = 0.5


@dataclass(slots=True)
class RestartPolicy:
    """When to start a dead child again: later after each death in a row; a life of `healthy_after_s` ends the row."""

    most_deaths: int = 5
    healthy_after_s: float = 10.0
    first_delay_s: float = 0.5
    longest_delay_s: float = 8.0
    deaths_in_a_row: int = 0

    def delay_after_death_s(self, lived_s: float) -> float | None:
        """Record a death after `lived_s`. Returns the pause before the next start; None to give up."""
        if lived_s >= self.healthy_after_s:
            self.deaths_in_a_row = 0
        self.deaths_in_a_row += 1
        if self.deaths_in_a_row > self.most_deaths:
            return None
        delay_s: float = self.first_delay_s * 2 ** (self.deaths_in_a_row - 1)
        return min(delay_s, self.longest_delay_s)


@dataclass(slots=True)
class _SupervisedChild:
    """`start_at_s` is set between the child's death and its next start, `healthy_s` when it has last answered."""

    process: ChildProcess
    started_s: float
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    start_at_s: float | None = None
    healthy_s: float | None = None
    next_check_s: float = 0.0

    def is_stuck(self, clock: Clock) -> bool:
        """Whether it has not answered for too long. Asks it every `HEALTH_INTERVAL_S`."""
        is_healthy = self.process.spec.is_healthy
        if is_healthy is None or clock.monotonic_s() < self.next_check_s:
            return False
        answers = is_healthy()
        now_s = clock.monotonic_s()
        self.next_check_s = now_s + HEALTH_INTERVAL_S
        if answers:
            self.healthy_s = now_s
            return False
        if self.healthy_s is None:
            return now_s - self.started_s > START_TIMEOUT_S
        return now_s - self.healthy_s > UNHEALTHY_AFTER_S


class Supervisor:
    """Starts children, watches over them in a thread, and stops them in the reverse order of their start.

    `note` gets a line for the person at the terminal when a child is started again.
    """

    def __init__(self, note: Callable[[str], None], clock: Clock | None = None) -> None:
        self._note = note
        self._clock = clock or SystemClock()
        self._children: list[_SupervisedChild] = []
        self._changing = threading.Lock()
        self._done = threading.Event()
        self._failure: StopError | None = None
        self._watcher: threading.Thread | None = None

    def start(self, spec: ChildSpec) -> ChildProcess:
        """Start a child, and supervise it from `watch` on."""
        process = ChildProcess(spec)
        with self._changing:
            self._children.append(_SupervisedChild(process, self._clock.monotonic_s()))
        return process

    def watch(self) -> None:
        """Begin to start children again that die."""
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def guard_pids(self, name: str) -> list[int]:
        """The process ids of the guards of the children called `name`, in the order of their first start."""
        with self._changing:
            return [child.process.guard_pid for child in self._children if child.process.spec.name == name]

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until `timeout_s` has passed, or for ever. Raises StopError as soon as a child is given up."""
        if timeout_s is not None:
            self._done.wait(timeout_s)
        else:
            # In steps: a signal just before an endless wait would be handled only after it.
            while not self._done.wait(_SIGNAL_POLL_S):
                pass
        self.raise_failure()

    def raise_failure(self) -> None:
        """Raise the StopError of the child that was given up, if any."""
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop watching, and then all children, last started first; children of one name together. Idempotent."""
        self._done.set()
        if self._watcher is not None:
            self._watcher.join()
        for group in _last_group_first(child.process for child in self._children):
            for process in group:
                process.ask_to_stop()
            for process in group:
                process.stop()

    def look(self) -> None:
        """Check every child once: plan or do its next start. Raises the StopError of a child that is given up."""
        with self._changing:
            for child in self._children:
                if child.start_at_s is not None:
                    self._start_again_when_due(child)
                elif child.process.exit_code() is not None:
                    self._plan_next_start(child, child.process.ended())
                elif child.is_stuck(self._clock):
                    self._end_stuck(child)

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_INTERVAL_S):
            try:
                self.look()
            except StopError as error:
                self._give_up(error)
            except OSError as error:
                self._give_up(StopError(f"a child cannot be started: {error}", do="free memory, processes or disk"))

    def _give_up(self, error: StopError) -> None:
        self._failure = error
        self._done.set()

    def _plan_next_start(self, child: _SupervisedChild, reason: StopError) -> None:
        process, now_s = child.process, self._clock.monotonic_s()
        delay_s = child.policy.delay_after_death_s(now_s - child.started_s)
        if delay_s is None or process.exit_code() in process.spec.hopeless_codes:
            raise reason
        self._note(f"{reason}; starting it again in {delay_s:g} s")
        child.start_at_s = now_s + delay_s

    def _end_stuck(self, child: _SupervisedChild) -> None:
        reason = child.process.stuck()
        child.process.stop()
        self._plan_next_start(child, reason)

    def _start_again_when_due(self, child: _SupervisedChild) -> None:
        now_s = self._clock.monotonic_s()
        if child.start_at_s is not None and now_s >= child.start_at_s:
            child.process.stop()  # it has ended, but its pipe and guard are still to be released
            child.process = ChildProcess(child.process.spec)
            child.started_s, child.start_at_s, child.healthy_s = now_s, None, None


def _last_group_first(processes: Iterable[ChildProcess]) -> list[list[ChildProcess]]:
    groups: dict[str, list[ChildProcess]] = {}
    for process in processes:
        groups.setdefault(process.spec.name, []).append(process)
    return list(reversed(groups.values()))
