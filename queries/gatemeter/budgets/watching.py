"""Evaluates budgets again and again, and announces what is crossed."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from clickhouse_connect.driver.client import Client

from gatemeter.budgets.announcing import Announcer, Attempt, LeadLostError, Outcome, Target
from gatemeter.budgets.crossing import Crossing, crossings, id_ending
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.budgets.journal import StoredJournal
from gatemeter.budgets.standby import Standby, introduction
from gatemeter.clock import Clock
from gatemeter.errors import ClickHouseUnavailable, DeliveryError, KafkaUnavailable, RetryableError
from gatemeter.output.text import count_of

if TYPE_CHECKING:
    from gatemeter.budgets.crossings_topic import CrossingsTopic

_LOG = logging.getLogger(__name__)
_STEP_S = 0.1

OpenClient = Callable[[], AbstractContextManager[Client]]


@dataclass(slots=True)
class Watcher:
    """Announces to `webhooks`, and to `topic` where there is one; then only while it leads.

    Without a topic, too, `topic_name` tells watchers of one store apart. `tell` gets each try that was made, `note`
    what people need to know. `on_step` is told of each step of announcing.
    """

    evaluator: Evaluator
    open_client: OpenClient
    webhooks: Sequence[Target]
    topic: "CrossingsTopic | None"
    topic_name: str
    clock: Clock
    tell: Callable[[Attempt], None]
    note: Callable[[str], None]
    on_step: Callable[[str], None] = lambda _: None
    _announcer: Announcer | None = None
    _term: int | None = None
    _is_only_round: bool = False
    _given_up: int = 0

    def run(self, every_s: float, is_stopping: Callable[[], bool]) -> None:
        """Go on until `is_stopping`. While a server is down there is nothing to do but to try again."""
        webhooks = [each.name for each in self.webhooks]
        self.note(introduction(self.topic_name if self.topic else None, webhooks))
        standby = Standby(self.topic_name)
        with self.open_client() as client:
            while not is_stopping():
                try:
                    is_announced = self.once(client)
                except (RetryableError, ClickHouseUnavailable, KafkaUnavailable) as error:
                    self._announcer, is_announced = None, True
                    _LOG.warning("budgets are not evaluated: %s", error)
                if said := standby.said(is_leading=is_announced, now_s=self.clock.monotonic_s()):
                    self.note(said)
                self._wait(every_s if is_announced else _STEP_S, is_stopping)

    def run_once(self, is_stopping: Callable[[], bool]) -> None:
        """Announce what is crossed now, as soon as it is this watcher's turn: each crossing that is due is tried.

        Raises DeliveryError where a crossing was not delivered, and as `once` does.
        """
        self._is_only_round = True
        with self.open_client() as client:
            # Without an announcer the lead was lost on the way, and what was crossed may not be told.
            while not is_stopping() and not (self.once(client) and self._announcer):
                self._wait(_STEP_S, is_stopping)
        waiting = self._announcer.waiting() if self._announcer else 0
        if waiting or self._given_up:
            given_up = f", {self._given_up:,} given up" if self._given_up else ""
            raise DeliveryError(
                f"{count_of(waiting, 'announcement')} to try again{given_up}",
                do="mend the targets, and watch again: the next try waits for its time",
            )

    def once(self, client: Client) -> bool:
        """One round; whether it was this watcher's to announce. Raises as evaluating, the journal and the topic do."""
        if not self._begin_round(client):
            return False
        now = self.clock.now()
        found = self.evaluator.evaluate(client, now)
        # Evaluating may take a while, and tries are noted with the time at which they are made.
        self._announce(list(crossings(found.uses, now, id_ending(self.topic_name))), self.clock.now())
        return True

    def _begin_round(self, client: Client) -> bool:
        """Whether this watcher may announce; what another one has announced meanwhile is read before it does."""
        term = self.topic.lead() if self.topic else 0
        if self._announcer is None or term != self._term:
            targets = [*([self.topic] if self.topic else []), *self.webhooks]
            journal, is_only = StoredJournal(client, id_ending(self.topic_name)), self._is_only_round
            self._announcer = Announcer(journal, targets, self.on_step, self.clock, is_only_round=is_only)
            self._term = term
        return term is not None

    def _announce(self, found: Sequence[Crossing], now: datetime) -> None:
        assert self._announcer is not None  # noqa: S101 - the round has begun
        try:
            attempts = self._announcer.announce(found, now)
        except LeadLostError as error:
            self._announcer = None
            _LOG.warning("another watcher may be announcing now: %s", error)
            return
        for attempt in attempts:
            self._given_up += attempt.outcome is Outcome.GIVEN_UP
            self.tell(attempt)

    def _wait(self, seconds: float, is_stopping: Callable[[], bool]) -> None:
        end_s = self.clock.monotonic_s() + seconds
        while self.clock.monotonic_s() < end_s and not is_stopping():
            if self.topic is None:
                time.sleep(_STEP_S)
            else:
                self.topic.wait(_STEP_S)
