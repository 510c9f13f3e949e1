"""Keeps a snapshot of entitlements in memory, read anew again and again."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from clickhouse_connect.driver.client import Client

from gatemeter.background import repeated
from gatemeter.budgets.entitlements import Snapshot
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.budgets.known_consumers import KnownConsumers
from gatemeter.clickhouse.query import fetch
from gatemeter.clock import Clock
from gatemeter.errors import GatemeterError
from gatemeter.reports.usage_parameters import Subject

EVERY_S = 10.0
_COUNTED_LATELY = timedelta(days=1)
_LOG = logging.getLogger(__name__)


class Store(Protocol):
    """A store that can be asked from a thread."""

    def ask(self, question: Callable[[Client], Snapshot]) -> Snapshot:
        """What `question` finds. Raises GatemeterError."""


class EntitlementRefresh:
    """The newest snapshot of what `evaluator` evaluates, None until the first one is there, by names of `subject`."""

    def __init__(self, evaluator: Evaluator, clock: Clock) -> None:
        self._evaluator = evaluator
        self._clock = clock
        self.subject = Subject(evaluator.book.subject)
        self._consumers = KnownConsumers(self.subject)
        self.snapshot: Snapshot | None = None

    def read(self, client: Client) -> Snapshot:
        """A snapshot of now. Raises as `Evaluator.evaluate` does."""
        now = self._clock.now()
        # Before usage is read: all that was stored until then is in it.
        stored_until = _stored_until(client, now)
        names = self._consumers.at(client, now)
        found = self._evaluator.evaluate(client, now)
        return Snapshot(found, stored_until, names, self._evaluator.accounts)

    def refresh(self, store: Store) -> None:
        """Read it anew; where that fails the last one stays."""
        try:
            self.snapshot = store.ask(self.read)
        except GatemeterError as error:
            _LOG.warning("entitlements are those of before: %s", error)

    def running(self, store: Store, every_s: float = EVERY_S) -> AbstractContextManager[None]:
        """Refresh every `every_s` in a thread of its own, until the block ends."""
        return repeated("entitlements", lambda _is_over: self.refresh(store), every_s=every_s)


def _stored_until(client: Client, now: datetime) -> datetime | None:
    [row] = fetch(client, "budgets/stored_until", {"since": f"{now - _COUNTED_LATELY:%Y-%m-%d %H:%M:%S}"})
    found = row["stored_until_s"]
    return None if found is None else datetime.fromtimestamp(found, UTC)
