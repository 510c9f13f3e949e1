"""Any interleaving of watchers, crashes, pauses and restarts announces each crossing once.

The announcer is the product's own. Journal, topic and webhook are models of what theirs promise: a journal keeps what
was given before a call returned; a topic refuses whoever another one has followed as leader; a webhook may have got a
message whose sender did not live to hear so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.budgets.announcing import Announcer, Attempt, LeadLostError, Outcome, Recorded
from gatemeter.budgets.crossing import Crossing, crossings
from gatemeter.budgets.use import Use
from gatemeter.reports.period import TimeSpan
from tests.support.budget_files import budget, budgets

NOW = datetime(2026, 2, 15, 10, 30, tzinfo=UTC)
[MONTH, SLIDING] = budgets(budget(), budget("sliding", window="3h")).budgets


class KilledError(Exception):
    """The watcher is dead."""


@dataclass
class Journal:
    """What all watchers read and write."""

    rows: dict[str, Recorded] = field(default_factory=dict)
    notes: list[Attempt] = field(default_factory=list)

    def recorded(self, since: datetime) -> Sequence[Recorded]:
        return [each for each in self.rows.values() if each.crossing.found_at >= since]

    def attempts(self, since: datetime) -> Sequence[Attempt]:
        return [each for each in self.notes if each.at >= since]

    def record(self, recorded: Sequence[Recorded]) -> None:
        self.rows |= {each.crossing.id: each for each in recorded}

    def note(self, attempt: Attempt) -> None:
        self.notes.append(attempt)


@dataclass
class Brokers:
    """A topic, and how often its leader has changed."""

    messages: list[Crossing] = field(default_factory=list)
    epoch: int = 0


@dataclass
class Topic:
    """The topic as one watcher sees it that has begun to lead."""

    brokers: Brokers
    name: str = "kafka"

    def __post_init__(self) -> None:
        self.brokers.epoch += 1
        self._epoch = self.brokers.epoch
        self._ids = {each.id for each in self.brokers.messages}

    def tell(self, crossing: Crossing, _now: datetime) -> tuple[Outcome, str]:
        if crossing.id in self._ids:
            return Outcome.DELIVERED, ""
        if self._epoch != self.brokers.epoch:
            raise LeadLostError
        self._ids.add(crossing.id)
        self.brokers.messages.append(crossing)
        return Outcome.DELIVERED, ""


@dataclass
class Webhook:
    """Fails as often as it is told to."""

    fails: int
    name: str = "pager"
    got: list[str] = field(default_factory=list)

    def tell(self, crossing: Crossing, _now: datetime) -> tuple[Outcome, str]:
        if self.fails:
            self.fails -= 1
            return Outcome.FAILED, "answered 503"
        self.got.append(crossing.id)
        return Outcome.DELIVERED, ""


@dataclass
class World:
    """All that watchers share."""

    fails: int
    journal: Journal = field(default_factory=Journal)
    brokers: Brokers = field(default_factory=Brokers)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.webhook = Webhook(self.fails)

    def announcer(self) -> Announcer:
        return Announcer(self.journal, [Topic(self.brokers), self.webhook])


def use_of(amount: int, now: datetime, *, slides: bool) -> Use:
    """What acme has used in the window at `now`."""
    declared = SLIDING if slides else MONTH
    end = now.replace(minute=0) + timedelta(hours=1)
    span = TimeSpan(end - timedelta(hours=3), end) if slides else TimeSpan(datetime(2026, 2, 1, tzinfo=UTC), end)
    use = Use(declared, "acme", span)
    use.used += amount
    return use


class Dying:
    """Ends a watcher at its `step`-th step, or lets another one lead there, and this one go on afterwards."""

    def __init__(self, step: int, world: World, *, is_zombie: bool) -> None:
        self._left, self._world, self._is_zombie = step, world, is_zombie

    def __call__(self, _step: str) -> None:
        self._left -= 1
        if self._left == 0:
            if not self._is_zombie:
                raise KilledError
            self._world.now += timedelta(hours=1)
            uses = [use_of(1000, self._world.now, slides=slides) for slides in (False, True)]
            self._world.announcer().announce(crossings(uses, self._world.now), self._world.now)


ROUND = st.tuples(st.integers(0, 1200), st.integers(0, 12), st.booleans(), st.booleans(), st.integers(0, 90))


@given(st.lists(ROUND, max_size=12), st.integers(0, 3))
def test_each_crossing_is_announced_once(rounds: list[tuple[int, int, bool, bool, int]], fails: int) -> None:
    world = World(fails)
    announcer: Announcer | None = None
    for used, dies_at, is_zombie, restarts, minutes in rounds:
        world.now += timedelta(minutes=minutes)
        if announcer is None or restarts:
            announcer = world.announcer()
        announcer.on_step = Dying(dies_at, world, is_zombie=is_zombie)
        try:
            found = [use_of(used, world.now, slides=False), use_of(used, world.now, slides=True)]
            announcer.announce(crossings(found, world.now), world.now)
        except (KilledError, LeadLostError):
            announcer = None
    for _ in range(fails + 1):  # in the end somebody watches, and the webhook answers
        world.now += timedelta(hours=1)
        world.announcer().announce([], world.now)

    ids = [each.id for each in world.brokers.messages]
    lasting = {each.crossing.id for each in world.journal.rows.values() if not each.crossing.slides}
    assert len(ids) == len(set(ids))
    assert lasting <= set(ids) == set(world.webhook.got) <= set(world.journal.rows)
    sliding = [each for each in world.brokers.messages if each.slides]
    for place, each in enumerate(sliding):
        later = [other for other in sliding[place + 1 :] if other.series == each.series]
        assert all(other.window_start >= each.window_end for other in later)


def test_usage_that_falls_and_rises_again_is_announced_once() -> None:
    world = World(0)
    announcer = world.announcer()
    for used in (1000, 500, 1000):
        announcer.announce(crossings([use_of(used, world.now, slides=False)], world.now), world.now)
    assert sorted(each.threshold for each in world.brokers.messages) == ["100", "80"]


def test_a_target_that_never_answers_is_given_up_within_two_days() -> None:
    world = World(1_000)
    announcer = world.announcer()
    [_, first] = crossings([use_of(1000, NOW, slides=False)], NOW)
    announcer.announce([first], world.now)
    tried = []
    while world.now < NOW + timedelta(days=2):
        world.now += timedelta(minutes=5)
        tried += announcer.announce([], world.now)
    assert [each.number for each in tried] == list(range(2, 11))
    assert tried[-1].outcome is Outcome.GIVEN_UP
    assert tried[-1].at < NOW + timedelta(days=1, hours=2)
