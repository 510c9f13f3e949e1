"""Messages behind the last epoch of a partition: they are in the log, and not counted yet."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from gatemeter.output.text import count_of


@dataclass(frozen=True, slots=True)
class UncountedMessages:
    """`messages` of a log at offsets from `first_offset` up to, not including, `next_offset`.

    `since_ms` is the time of the first of them in Unix milliseconds, as the log has it; of a log without times it is
    when the log was counted last. None: not known.
    """

    topic: str
    log: str
    partition: int
    first_offset: int
    next_offset: int
    messages: int
    since_ms: int | None

    def record(self) -> dict[str, Any]:
        """The messages as a JSON object; `since` is ISO 8601 in UTC, or null."""
        values = asdict(self)
        del values["since_ms"]
        return {**values, "since": self._since()}

    def __str__(self) -> str:
        """A sentence with their number, offsets and time."""
        since = self._since()
        return (
            f"{self.topic}[{self.partition}]: {count_of(self.messages, 'message')} at offsets {self.first_offset} to "
            f"{self.next_offset - 1}, {f'since {since}' if since else 'since when is not known'}"
        )

    def _since(self) -> str | None:
        if self.since_ms is None:
            return None
        return f"{datetime.fromtimestamp(self.since_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
