"""Random acts against workers, broker, engine and the connection between them, all drawn from one seed."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from gatemeter.errors import ExitCode
from tests.support.crash.crash_cluster import CrashCluster, Server
from tests.support.crash.crash_worker import CrashWorker
from tests.support.crash.fault_plan import FAULT_POINTS, Act, Fault, FaultPlan
from tests.support.crash.fault_proxy import FaultProxy, ProxyMode
from tests.support.crash.metering_run import SESSION_S, MeteringRun

_MOST_WORKERS = 4
_FROZEN_S = (SESSION_S + 0.5, SESSION_S + 2.5)
_PAUSE_S = (0.1, 1.6)
_FAULT_S = (0.3, 2.0)
_POLL_S = 0.1
_COUNTS_FIRST_SHARE, _LATEST_S = 0.5, 8.0
_MOST_PASSES = 4
_STOP_SHARE = 0.2
_LOSSY_SHARE = 0.3
_MODES = (
    ProxyMode.SLOW,
    ProxyMode.REFUSE,
    ProxyMode.UNAVAILABLE,
    ProxyMode.OVERLOADED,
    ProxyMode.DISK_FULL,
    ProxyMode.BREAK,
)
_EXPECTED_CODES = frozenset((0, -signal.SIGKILL, -signal.SIGTERM, ExitCode.KAFKA, ExitCode.CLICKHOUSE))
_CODE_WITHOUT_BROKER = ExitCode.INTERNAL
"""What Faust ends with when no broker answers at its start."""


@dataclass(slots=True)
class _Member:
    worker: CrashWorker
    started_s: float
    thaw_at_s: float | None = None


@dataclass(slots=True)
class ChaosRecord:
    """What was done, and how workers ended."""

    acts: Counter[str] = field(default_factory=Counter)
    exit_codes: Counter[int] = field(default_factory=Counter)
    fault_points: Counter[str] = field(default_factory=Counter)
    """How many workers were started with a fault at each point."""
    kills: int = 0
    """SIGKILLs of workers, by others and by themselves, of the broker and of the engine."""
    bad_ends: list[str] = field(default_factory=list)
    """Workers that ended with a code that no act explains."""


class Chaos:
    """Acts on the workers of `run`, which reach ClickHouse through `proxy`, and on both servers."""

    def __init__(self, cluster: CrashCluster, run: MeteringRun, proxy: FaultProxy, seed: int) -> None:
        self.record = ChaosRecord()
        self._cluster = cluster
        self._run = run
        self._proxy = proxy
        self._rng = Random(seed)
        self._members: list[_Member] = []
        self._broker_killed_s = float("-inf")
        self._acts: dict[Callable[[], str], float] = {
            self._kill: 30,
            self._start_with_fault: 36,
            self._terminate: 8,
            self._freeze: 8,
            self._join: 8,
            self._disturb_connection: 7,
            self._kill_engine: 1.5,
            self._kill_broker: 1.5,
        }

    def act(self) -> None:
        """One random act, then a random pause in which frozen workers wake up in time and lost ones are replaced."""
        (chosen,) = self._rng.choices(list(self._acts), list(self._acts.values()))
        self.record.acts[chosen()] += 1
        counts_first = self._rng.random() < _COUNTS_FIRST_SHARE
        now_s = time.monotonic()
        until_s, latest_s = now_s + self._rng.uniform(*_PAUSE_S), now_s + _LATEST_S
        self._tend()
        while time.monotonic() < until_s or (counts_first and not self._counts() and time.monotonic() < latest_s):
            time.sleep(_POLL_S)
            self._tend()

    def _counts(self) -> bool:
        """Whether a worker has partitions, so that the next act meets one that counts."""
        return any(member.thaw_at_s is None and member.worker.assignments() for member in self._members)

    def kill_both_servers(self) -> None:
        """Kill the broker, then the engine, which a short run would rarely do by itself."""
        for kill in (self._kill_broker, self._kill_engine):
            self.record.acts[kill()] += 1
            self._tend()

    def come_to_rest(self) -> None:
        """Let everything work again, end all workers, and start one that nothing happens to."""
        self._proxy.set_mode(ProxyMode.PASS)
        for member in self._members:
            member.worker.end()
        self.record_ends()
        self._start()

    def record_ends(self) -> None:
        """Record the exit codes of workers that have ended, and forget these workers."""
        for member in [each for each in self._members if each.worker.exit_code is not None]:
            self._members.remove(member)
            self._record_end(member, member.worker.exit_code or 0)

    def _tend(self) -> None:
        self.record_ends()
        now_s = time.monotonic()
        for member in self._members:
            if member.thaw_at_s is None and member.worker.is_stopped:  # by itself
                member.thaw_at_s = now_s + self._rng.uniform(*_FROZEN_S)
            elif member.thaw_at_s is not None and member.thaw_at_s < now_s:
                member.worker.send(signal.SIGCONT)
                member.thaw_at_s = None
        if not any(member.thaw_at_s is None for member in self._members):
            self._start()

    def _record_end(self, member: _Member, code: int) -> None:
        self.record.exit_codes[code] += 1
        self.record.kills += code == -signal.SIGKILL
        without_broker = code == _CODE_WITHOUT_BROKER and self._broker_killed_s > member.started_s - _PAUSE_S[1]
        if code not in _EXPECTED_CODES and not without_broker:
            self.record.bad_ends.append(f"exit code {code}; see {member.worker.log}")

    def _start(self, fault_plan: FaultPlan | None = None) -> None:
        if len(self._members) >= _MOST_WORKERS:
            self._pick().worker.send(signal.SIGTERM)
            return
        worker = self._run.start(fault_plan, port=self._proxy.port)
        self._members.append(_Member(worker, time.monotonic()))

    def _pick(self) -> _Member:
        return self._rng.choice(self._members)

    def _kill(self) -> str:
        if self._members:
            self._pick().worker.kill()
        return "kill -9"

    def _terminate(self) -> str:
        if self._members:
            self._pick().worker.send(signal.SIGTERM)
        return "SIGTERM"

    def _freeze(self) -> str:
        awake = [member for member in self._members if member.thaw_at_s is None]
        if awake:
            member = self._rng.choice(awake)
            member.worker.send(signal.SIGSTOP)
            member.thaw_at_s = time.monotonic() + self._rng.uniform(*_FROZEN_S)
        return "SIGSTOP past the session, then SIGCONT"

    def _join(self) -> str:
        lossy = self._rng.random() < _LOSSY_SHARE
        share = 0.2 if lossy else 0.0
        pause = Fault("perform_seek.after", Act.DELAY, 0, 0.4)
        seed = self._rng.randrange(2**32)
        self._start(FaultPlan([pause], drop_chunks=share, drop_records=share, lose_fetch=lossy, seed=seed))
        return "another worker, with a pause between seek and resumption"

    def _start_with_fault(self) -> str:
        point = self._rng.choice(list(FAULT_POINTS))
        stops = self._rng.random() < _STOP_SHARE
        fault = Fault(point, Act.STOP if stops else Act.KILL, self._rng.randint(1, _MOST_PASSES))
        self._start(FaultPlan([fault]))
        self.record.fault_points[point] += 1
        return "a worker that freezes at a fault point" if stops else "a worker that kills itself at a fault point"

    def _disturb_connection(self) -> str:
        mode = self._rng.choice(_MODES)
        self._proxy.set_mode(mode, delay_s=0.2, inserts=self._rng.randrange(10))
        time.sleep(self._rng.uniform(*_FAULT_S))
        self._proxy.set_mode(ProxyMode.PASS)
        return f"ClickHouse: {mode}"

    def _kill_engine(self) -> str:
        self._kill_server(self._cluster.engine)
        return "ClickHouse kill -9"

    def _kill_broker(self) -> str:
        self._broker_killed_s = float("inf")
        self._kill_server(self._cluster.broker)
        self._broker_killed_s = time.monotonic()
        return "broker kill -9"

    def _kill_server(self, server: Server) -> None:
        server.kill()
        time.sleep(self._rng.uniform(*_FAULT_S))
        server.start()
        server.wait_until_ready()
        self.record.kills += 1
