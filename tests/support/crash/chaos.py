"""Random acts against workers, broker, engine and the way between them, all drawn from one seed."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from gatemeter.errors import ExitCode
from tests.support.crash.crash_cluster import CrashCluster, Server
from tests.support.crash.crash_worker import CrashWorker
from tests.support.crash.fault_points import FAULT_POINTS
from tests.support.crash.fault_proxy import FaultProxy, ProxyMode
from tests.support.crash.faults import Act, Fault, FaultPlan
from tests.support.crash.metering_run import SESSION_S, MeteringRun

_MOST_WORKERS = 4
_FROZEN_S = (SESSION_S + 0.5, SESSION_S + 2.5)
_PAUSE_S = (0.1, 1.6)
_FAULT_S = (0.3, 2.0)
_LOOK_S = 0.1
_COUNTS_FIRST_SHARE, _LATEST_S = 0.5, 8.0
_LATEST_PASS = 4
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
_WELL = frozenset((0, -signal.SIGKILL, -signal.SIGTERM, ExitCode.KAFKA, ExitCode.CLICKHOUSE))
_WELL_WITHOUT_BROKER = ExitCode.INTERNAL
"""Faust's own when no broker answers it at its start."""


@dataclass(slots=True)
class _Member:
    worker: CrashWorker
    started_s: float
    thaw_at_s: float | None = None


@dataclass(slots=True)
class ChaosRecord:
    """What was done, by name."""

    acts: Counter[str] = field(default_factory=Counter)
    exit_codes: Counter[int] = field(default_factory=Counter)
    suicides: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    """SIGKILLs of workers, by others and by themselves, of the broker and of the engine."""
    bad_ends: list[str] = field(default_factory=list)
    """Workers that gave up for a reason that no act explains."""


class Chaos:
    """Acts one after the other, `act` by `act`, on the workers of `run`, which reach ClickHouse through `proxy`."""

    def __init__(self, cluster: CrashCluster, run: MeteringRun, proxy: FaultProxy, seed: int) -> None:
        self.record = ChaosRecord()
        self._cluster = cluster
        self._run = run
        self._proxy = proxy
        self._chance = Random(seed)
        self._members: list[_Member] = []
        self._broker_killed_s = float("-inf")
        self._weights: dict[Callable[[], str], float] = {
            self._kill: 30,
            self._start_suicidal: 36,
            self._terminate: 8,
            self._freeze: 8,
            self._join: 8,
            self._break_way: 7,
            self._kill_engine: 1.5,
            self._kill_broker: 1.5,
        }

    def act(self) -> None:
        """One act at random, and a pause at random, in which whoever has to wakes up again or is replaced."""
        (chosen,) = self._chance.choices(list(self._weights), list(self._weights.values()))
        self.record.acts[chosen()] += 1
        counts_first = self._chance.random() < _COUNTS_FIRST_SHARE
        now_s = time.monotonic()
        until_s, latest_s = now_s + self._chance.uniform(*_PAUSE_S), now_s + _LATEST_S
        self._look_after()
        while time.monotonic() < until_s or (counts_first and not self._counts() and time.monotonic() < latest_s):
            time.sleep(_LOOK_S)
            self._look_after()

    def _counts(self) -> bool:
        """Whether somebody has partitions, so that the next act meets one who counts."""
        return any(member.thaw_at_s is None and member.worker.assignments() for member in self._members)

    def kill_both_servers(self) -> None:
        """What chance alone would leave out of a short run."""
        for kill in (self._kill_broker, self._kill_engine):
            self.record.acts[kill()] += 1
            self._look_after()

    def come_to_rest(self) -> None:
        """Everything works again, who was disturbed has ended, and somebody counts to whom nothing will happen."""
        self._proxy.be(ProxyMode.PASS)
        for member in self._members:
            member.worker.end()
        self.note_ends()
        self._start()

    def note_ends(self) -> None:
        """Take note of how the workers that have ended did so."""
        for member in [each for each in self._members if each.worker.exit_code is not None]:
            self._members.remove(member)
            self._note_end(member, member.worker.exit_code or 0)

    def _look_after(self) -> None:
        self.note_ends()
        now_s = time.monotonic()
        for member in self._members:
            if member.thaw_at_s is None and member.worker.is_stopped:  # by itself
                member.thaw_at_s = now_s + self._chance.uniform(*_FROZEN_S)
            elif member.thaw_at_s is not None and member.thaw_at_s < now_s:
                member.worker.send(signal.SIGCONT)
                member.thaw_at_s = None
        if not any(member.thaw_at_s is None for member in self._members):
            self._start()

    def _note_end(self, member: _Member, code: int) -> None:
        self.record.exit_codes[code] += 1
        self.record.kills += code == -signal.SIGKILL
        without_broker = code == _WELL_WITHOUT_BROKER and self._broker_killed_s > member.started_s - _PAUSE_S[1]
        if code not in _WELL and not without_broker:
            self.record.bad_ends.append(f"exit code {code}; see {member.worker.log}")

    def _start(self, fault_plan: FaultPlan | None = None) -> None:
        if len(self._members) >= _MOST_WORKERS:
            self._pick().worker.send(signal.SIGTERM)
            return
        worker = self._run.start(fault_plan, port=self._proxy.port)
        self._members.append(_Member(worker, time.monotonic()))

    def _pick(self) -> _Member:
        return self._chance.choice(self._members)

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
            member = self._chance.choice(awake)
            member.worker.send(signal.SIGSTOP)
            member.thaw_at_s = time.monotonic() + self._chance.uniform(*_FROZEN_S)
        return "SIGSTOP past the session, then SIGCONT"

    def _join(self) -> str:
        lossy = self._chance.random() < _LOSSY_SHARE
        share = 0.2 if lossy else 0.0
        pause = Fault("perform_seek.after", Act.DELAY, 0, 0.4)
        seed = self._chance.randrange(2**32)
        self._start(FaultPlan([pause], drop_chunks=share, drop_records=share, lose_fetch=lossy, seed=seed))
        return "another worker, with a pause between seek and resumption"

    def _start_suicidal(self) -> str:
        point = self._chance.choice(list(FAULT_POINTS))
        stops = self._chance.random() < _STOP_SHARE
        fault = Fault(point, Act.STOP if stops else Act.KILL, self._chance.randint(1, _LATEST_PASS))
        self._start(FaultPlan([fault]))
        self.record.suicides[point] += 1
        return "a worker that freezes at a fault point" if stops else "a worker that kills itself at a fault point"

    def _break_way(self) -> str:
        mode = self._chance.choice(_MODES)
        self._proxy.be(mode, seconds=0.2, inserts=self._chance.randrange(10))
        time.sleep(self._chance.uniform(*_FAULT_S))
        self._proxy.be(ProxyMode.PASS)
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
        time.sleep(self._chance.uniform(*_FAULT_S))
        server.start()
        server.wait_until_ready()
        self.record.kills += 1
