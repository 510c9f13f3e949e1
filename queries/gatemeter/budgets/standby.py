"""Which of several watchers announces, in words for whoever looks at one of them."""

from collections.abc import Iterable
from dataclasses import dataclass

JOINING_S = 15.0
"""A watcher that does not lead after so long is not still joining the group: another one leads."""


def introduction(topic: str | None, webhooks: Iterable[str]) -> str:
    """Where a watcher announces to, and what a second one would do; `topic` is None without Kafka."""
    names = [f"webhook {each}" for each in webhooks]
    if topic is None:
        return f"announces to {', '.join(names)}; without Kafka watchers do not know of each other: run no second one"
    others = "of several watchers of this topic one announces: give all the same budget file"
    return f"announces to {', '.join((f'topic {topic}', *names))}; {others}"


@dataclass(slots=True)
class Standby:
    """Says once that another watcher announces to `topic`, and once that it no longer does."""

    topic: str
    _since_s: float | None = None
    _is_said: bool = False

    def said(self, *, is_leading: bool, now_s: float) -> str | None:
        """What is to be said, if anything, at `now_s` of a monotonic clock."""
        if is_leading:
            was_said, self._since_s, self._is_said = self._is_said, None, False
            return f"announces to topic {self.topic} now, which another watcher did before" if was_said else None
        self._since_s = now_s if self._since_s is None else self._since_s
        if self._is_said or now_s - self._since_s < JOINING_S:
            return None
        self._is_said = True
        return f"waits, for another watcher announces to topic {self.topic}, by the budget file that it has"
