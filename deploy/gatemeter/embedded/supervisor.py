"""Keeps children running: one that dies is started again, unless it dies too often in a row."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gatemeter.clock import Clock, SystemClock
from gatemeter.embedded.child_process import ChildProcess, ChildSpec
from gatemeter.errors import StopError

_LOOK_EVERY_S = 0.2
_HEAR_SIGNALS_EVERY_S = 0.5


@dataclass(slots=True)
class RestartPolicy:
    """When to start a dead child again: later after each death in a row; living `healthy_after_s` ends the row."""

    most_deaths: int = 5
    healthy_after_s: float = 10.0
    first_delay_s: float = 0.5
    longest_delay_s: float = 8.0
    deaths_in_a_row: int = 0

    def delay_after_death_s(self, lived_s: float) -> float | None:
        """Count a death after `lived_s`; how long to wait before the next start, None to give up."""
        if lived_s >= self.healthy_after_s:
            self.deaths_in_a_row = 0
        self.deaths_in_a_row += 1
        if self.deaths_in_a_row > self.most_deaths:
            return None
        delay_s: float = self.first_delay_s * 2 ** (self.deaths_in_a_row - 1)
        return min(delay_s, self.longest_delay_s)


@dataclass(slots=True)
class _Charge:
    """One child in our care; `start_at_s` is set between its death and its next start."""

    process: ChildProcess
    started_s: float
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    start_at_s: float | None = None


class Supervisor:
    """Starts children, watches over them in a thread of its own, and stops them in the reverse order of starting."""

    def __init__(self, note: Callable[[str], None], clock: Clock | None = None) -> None:
        self._note = note
        self._clock = clock or SystemClock()
        self._charges: list[_Charge] = []
        self._changing = threading.Lock()
        self._done = threading.Event()
        self._failure: StopError | None = None
        self._watcher: threading.Thread | None = None

    def start(self, spec: ChildSpec) -> ChildProcess:
        """Start a child and take it into care."""
        process = ChildProcess(spec)
        with self._changing:
            self._charges.append(_Charge(process, self._clock.monotonic_s()))
        return process

    def watch(self) -> None:
        """From now on start again what dies."""
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def guard_pids(self, name: str) -> list[int]:
        """The guards of the running children called `name`, in the order of their first start."""
        with self._changing:
            return [charge.process.guard_pid for charge in self._charges if charge.process.spec.name == name]

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until `timeout_s` has passed. Raises StopError as soon as a child has been given up."""
        if timeout_s is not None:
            self._done.wait(timeout_s)
        else:
            # In steps: a signal that comes just before a wait without end would be heard only after it.
            while not self._done.wait(_HEAR_SIGNALS_EVERY_S):
                pass
        self.raise_failure()

    def raise_failure(self) -> None:
        """Raise the StopError of the child that was given up, if any."""
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop watching, then all children, the last started first; children of one name together. Idempotent."""
        self._done.set()
        if self._watcher is not None:
            self._watcher.join()
        for group in _last_group_first(charge.process for charge in self._charges):
            for process in group:
                process.ask_to_stop()
            for process in group:
                process.stop()

    def look(self) -> None:
        """Look after every child once: note deaths, start again what is due. Raises the StopError of a hopeless one."""
        with self._changing:
            for charge in self._charges:
                if charge.start_at_s is not None:
                    self._start_again_when_due(charge)
                elif charge.process.exit_code() is not None:
                    self._plan_next_start(charge)

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_EVERY_S):
            try:
                self.look()
            except StopError as error:
                self._give_up(error)
            except OSError as error:
                self._give_up(StopError(f"a child cannot be started: {error}", do="free memory, processes or disk"))

    def _give_up(self, error: StopError) -> None:
        self._failure = error
        self._done.set()

    def _plan_next_start(self, charge: _Charge) -> None:
        process, now_s = charge.process, self._clock.monotonic_s()
        delay_s = charge.policy.delay_after_death_s(now_s - charge.started_s)
        if delay_s is None or process.exit_code() in process.spec.hopeless_codes:
            raise process.ended()
        self._note(f"{process.ended()}; starting it again in {delay_s:g} s")
        charge.start_at_s = now_s + delay_s

    def _start_again_when_due(self, charge: _Charge) -> None:
        now_s = self._clock.monotonic_s()
        if charge.start_at_s is not None and now_s >= charge.start_at_s:
            charge.process.stop()  # it is dead, but what we hold of it is not yet let go
            charge.process = ChildProcess(charge.process.spec)
            charge.started_s, charge.start_at_s = now_s, None


def _last_group_first(processes: Iterable[ChildProcess]) -> list[list[ChildProcess]]:
    groups: dict[str, list[ChildProcess]] = {}
    for process in processes:
        groups.setdefault(process.spec.name, []).append(process)
    return list(reversed(groups.values()))
