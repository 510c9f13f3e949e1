"""Each target has its turn, however slow another one is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
