"""Each target has its turn, however slow another one is, and whatever the clock does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from gatemeter.budgets.announcing import Announcer, Attempt, Outcome, Recorded
from gatemeter.budgets.crossing import Crossing
from gatemeter.clock import ManualClock
from tests.support.budget_files import CROSSING

NOW = CROSSING.found_at


class NoJournal:
    """Keeps nothing: the announcer remembers what it has told."""

    def recorded(self, _since: datetime) -> Sequence[Recorded]:
        return []

    def attempts(self, _since: datetime) -> Sequence[Attempt]:
        return []

    def record(self, _recorded: Any) -> None:
        pass

    def note(self, _attempt: Any) -> None:
        pass


@dataclass
class SlowTarget:
    name: str
    clock: ManualClock
    answers_after_s: float
    told: list[str] = field(default_factory=list)

    def tell(self, crossing: Crossing, _now: datetime) -> tuple[Outcome, str]:
        self.clock.advance(self.answers_after_s)
        self.told.append(crossing.id)
        return Outcome.DELIVERED, ""


def test_a_slow_target_is_told_the_rest_in_the_next_round() -> None:
    clock = ManualClock(NOW)
    slow, quick = SlowTarget("slow", clock, 19), SlowTarget("quick", clock, 0)
    announcer = Announcer(NoJournal(), [slow, quick], clock=clock)
    found = [replace(CROSSING, id=each, scope=each) for each in "abc"]
    announcer.announce(found, NOW)
    assert (slow.told, quick.told) == (["a", "b"], ["a", "b", "c"])
    announcer.announce(found, NOW)
    assert (slow.told, quick.told) == (["a", "b", "c"], ["a", "b", "c"])


def test_in_the_only_round_each_crossing_is_tried_at_a_target_that_fails() -> None:
    @dataclass
    class DownTarget:
        name: str = "down"

        def tell(self, _crossing: Crossing, _now: datetime) -> tuple[Outcome, str]:
            return Outcome.FAILED, "answered 503"

    found = [replace(CROSSING, id=each, scope=each) for each in "abc"]
    only = Announcer(NoJournal(), [DownTarget()], is_only_round=True)
    assert [each.crossing_id for each in only.announce(found, NOW)] == ["a", "b", "c"]
    assert only.waiting() == 3
    assert len(Announcer(NoJournal(), [DownTarget()]).announce(found, NOW)) == 1


def test_a_try_is_noted_with_the_time_at_which_it_is_made() -> None:
    clock = ManualClock(NOW)
    announcer = Announcer(NoJournal(), [SlowTarget("slow", clock, 12)], clock=clock)
    tried = announcer.announce([replace(CROSSING, id=each, scope=each) for each in "abc"], NOW)
    assert [each.at - NOW for each in tried] == [timedelta(seconds=each) for each in (0, 12, 24)]


@dataclass
class KeptJournal(NoJournal):
    rows: list[Recorded] = field(default_factory=list)
    tries: list[Attempt] = field(default_factory=list)

    def recorded(self, since: datetime) -> Sequence[Recorded]:
        return [each for each in self.rows if each.crossing.found_at >= since]

    def attempts(self, since: datetime) -> Sequence[Attempt]:
        return [each for each in self.tries if each.at >= since]

    def record(self, recorded: Sequence[Recorded]) -> None:
        self.rows.extend(recorded)

    def note(self, attempt: Attempt) -> None:
        self.tries.append(attempt)


def test_a_clock_that_was_a_year_ahead_for_a_while_announces_nothing_again() -> None:
    clock = ManualClock(NOW)
    target = SlowTarget("pager", clock, 0)
    announcer = Announcer(KeptJournal(), [target], clock=clock)
    for now in (NOW, NOW + timedelta(days=365), NOW + timedelta(minutes=1)):
        announcer.announce([CROSSING] if now.year == NOW.year else [], now)
    assert target.told == [CROSSING.id]


def test_a_failure_that_a_clock_noted_in_the_future_is_not_waited_for() -> None:
    failed = Attempt(CROSSING.id, "pager", 3, NOW + timedelta(days=365), Outcome.FAILED)
    journal = KeptJournal([Recorded(CROSSING, ("pager",))], [failed])
    target = SlowTarget("pager", ManualClock(NOW), 0)
    [attempt] = Announcer(journal, [target]).announce([], NOW)
    assert (attempt.number, target.told) == (4, [CROSSING.id])
