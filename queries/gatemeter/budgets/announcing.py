"""Announces each crossing once: it is recorded, told to each target, and what became of that is noted.

A journal keeps all of it, so a watcher that dies at any step is continued by the next one. What is recorded and not
noted as told is told again: a target takes a crossing that it has already by its id.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from gatemeter.budgets.crossing import Crossing, overlaps
from gatemeter.clock import Clock, SystemClock

PAUSES = tuple(timedelta(seconds=each) for each in (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600))
"""How long a target is left alone after each failure; after one more failure it is given up: about a day."""

_LONGEST_TURN_S = 30.0
"""So long one target is told in a round; a slow one keeps the others waiting no longer."""

_FIRST_READ = timedelta(days=100)
"""Longer than the longest window, and the time for which it is looked at."""
_READ_AGAIN = timedelta(hours=1)
"""The clocks of watchers differ by less."""


_BySeries = dict[tuple[str, str, str], list[Crossing]]


class Outcome(StrEnum):
    """What became of telling a crossing to a target."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The `number`-th try, from 1, to tell a target of a crossing."""

    crossing_id: str
    target: str
    number: int
    at: datetime
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A crossing in the journal, and the targets that were to be told when it was recorded."""

    crossing: Crossing
    targets: tuple[str, ...]


class Journal(Protocol):
    """Keeps what was found, and who was told. All methods raise errors of the store."""

    def recorded(self, since: datetime) -> Sequence[Recorded]:
        """What was found at `since` or later, each id once."""

    def attempts(self, since: datetime) -> Sequence[Attempt]:
        """What was tried at `since` or later, in any order, perhaps some twice."""

    def record(self, recorded: Sequence[Recorded]) -> None:
        """Keep crossings; one that is there already stays one."""

    def note(self, attempt: Attempt) -> None:
        """Keep what became of a try."""


class Target(Protocol):
    """Who is told."""

    @property
    def name(self) -> str:
        """The name by which the journal knows it."""

    def tell(self, crossing: Crossing, now: datetime) -> tuple[Outcome, str]:
        """Tell it, and say what became of that, with a detail for people. Raises LeadLostError."""


class LeadLostError(Exception):
    """Another watcher may be announcing now: this one must read everything again before it goes on."""


@dataclass(slots=True)
class Announcer:
    """Announces what is crossed to `targets`; for one watcher that leads. `on_step` is told of each step.

    A target that fails, or is slow, is left alone until the next round, unless there is none (`is_only_round`). After
    LeadLostError, or where another watcher has led meanwhile, a new one is needed.
    """

    journal: Journal
    targets: Sequence[Target]
    on_step: Callable[[str], None] = lambda _: None
    clock: Clock = field(default_factory=SystemClock)
    is_only_round: bool = False
    _known: dict[str, Recorded] = field(default_factory=dict)
    _tries: dict[tuple[str, str], Attempt] = field(default_factory=dict)
    _read_to: datetime | None = None
    _began_s: float = 0.0

    def announce(self, found: Iterable[Crossing], now: datetime) -> list[Attempt]:
        """Record what is new of `found`, and tell all that is due. Raises LeadLostError, and as journal does."""
        self._began_s = self.clock.monotonic_s()
        self._read(now)
        by_series = self._by_series()
        new = list(self._new(found, by_series))
        if new:
            self.on_step("before record")
            self.journal.record(new)
            self._known |= {each.crossing.id: each for each in new}
            self.on_step("after record")
        return [attempt for target in self.targets for attempt in self._tell_all(target, now, by_series)]

    def waiting(self) -> int:
        """How many announcements, of one crossing to one target each, wait to be tried again."""
        by_series = self._by_series()
        return sum(
            self._waits(target, each) and not self._is_superseded(each.crossing, by_series[each.crossing.series])
            for target in self.targets
            for each in self._known.values()
        )

    def _waits(self, target: Target, recorded: Recorded) -> bool:
        last = self._tries.get((recorded.crossing.id, target.name))
        return target.name in recorded.targets and (last is None or last.outcome is Outcome.FAILED)

    def _by_series(self) -> _BySeries:
        by_series: _BySeries = {}
        for each in self._known.values():
            by_series.setdefault(each.crossing.series, []).append(each.crossing)
        return by_series

    def _read(self, now: datetime) -> None:
        # Where the clock was put back, what it had made look old was forgotten, and is read again.
        read_to = self._read_to if self._read_to is not None and self._read_to <= now else None
        since = now - _FIRST_READ if read_to is None else read_to - _READ_AGAIN
        for each in self.journal.recorded(since):
            self._known.setdefault(each.crossing.id, each)
        for attempt in self.journal.attempts(since):
            self._keep(attempt)
        self._read_to = now
        self._forget(now - _FIRST_READ)

    def _forget(self, before: datetime) -> None:
        for each in [each for each in self._known.values() if each.crossing.found_at < before]:
            del self._known[each.crossing.id]
            for target in each.targets:
                self._tries.pop((each.crossing.id, target), None)

    def _new(self, found: Iterable[Crossing], by_series: _BySeries) -> Iterator[Recorded]:
        """What is not known yet; it is added to `by_series`."""
        names = tuple(each.name for each in self.targets)
        for crossing in found:
            same = by_series.setdefault(crossing.series, [])
            if crossing.id not in self._known and not overlaps(crossing, same):
                same.append(crossing)
                yield Recorded(crossing, names)

    def _tell_all(self, target: Target, now: datetime, by_series: _BySeries) -> Iterator[Attempt]:
        """After a failure the target is left alone in this round, and after its turn: it may keep each try waiting.

        In the only round all is tried that is due.
        """
        end_s = self.clock.monotonic_s() + _LONGEST_TURN_S
        for each in sorted(self._known.values(), key=lambda one: (one.crossing.found_at, one.crossing.id)):
            if target.name not in each.targets or not _is_due(self._tries.get((each.crossing.id, target.name)), now):
                continue
            if self._is_superseded(each.crossing, by_series[each.crossing.series]):
                continue
            attempt = self._tell(target, each.crossing, now)
            yield attempt
            is_over = attempt.outcome is not Outcome.DELIVERED or self.clock.monotonic_s() >= end_s
            if is_over and not self.is_only_round:
                return

    def _is_superseded(self, crossing: Crossing, same: Iterable[Crossing]) -> bool:
        """Whether another one stands for it, whose window shares time with that of this one, which nobody was told of.

        A watcher that was taken for dead may have recorded it, after the one that leads now had found the other one.
        """
        if not crossing.slides or self._was_told(crossing):
            return False
        others = [each for each in same if each.id != crossing.id and overlaps(crossing, [each])]
        return any(self._was_told(each) or each.window_start < crossing.window_start for each in others)

    def _was_told(self, crossing: Crossing) -> bool:
        return any((crossing.id, name) in self._tries for name in self._known[crossing.id].targets)

    def _tell(self, target: Target, crossing: Crossing, now: datetime) -> Attempt:
        before = self._tries.get((crossing.id, target.name))
        number = before.number + 1 if before else 1
        self.on_step(f"before {target.name}")
        # Targets that were told before it may have taken minutes, and receivers refuse what was signed long ago.
        at = now + timedelta(seconds=self.clock.monotonic_s() - self._began_s)
        outcome, detail = target.tell(crossing, at)
        self.on_step(f"after {target.name}")
        if outcome is Outcome.FAILED and number > len(PAUSES):
            outcome = Outcome.GIVEN_UP
        attempt = Attempt(crossing.id, target.name, number, at, outcome, detail)
        self.journal.note(attempt)
        self._keep(attempt)
        self.on_step(f"noted {target.name}")
        return attempt

    def _keep(self, attempt: Attempt) -> None:
        key = (attempt.crossing_id, attempt.target)
        self._tries[key] = max(self._tries.get(key, attempt), attempt, key=_progress)


def _progress(attempt: Attempt) -> tuple[bool, int]:
    return attempt.outcome is Outcome.DELIVERED, attempt.number


def _is_due(last: Attempt | None, now: datetime) -> bool:
    if last is None:
        return True
    # What was tried later than now was tried by a clock that has been put back: it is not waited for.
    is_over = not last.at <= now < last.at + PAUSES[min(last.number, len(PAUSES)) - 1]
    return last.outcome is Outcome.FAILED and is_over
