"""What became of writing to the sink, and the log lines about a sink that does not answer."""

import logging
from dataclasses import dataclass, field, replace

logger = logging.getLogger(__name__)

FLUSH_OVERDUE_S = 15.0
"""A flush that takes longer counts as a sink that does not answer: a server that hangs raises no error."""


@dataclass(slots=True)
class FlushState:
    """Counts and stamps since the start of the process. Stamps are Unix seconds, None for never.

    `running_since_s` is the monotonic time at which the flush under way began; `running_s` its duration when the state
    was copied with `at`. Without a flush under way they are None and 0.
    """

    written_rows: dict[str, int] = field(default_factory=dict)
    """By table."""
    failures: int = 0
    last_error: str = ""
    """Empty once the sink has taken a write after it."""
    last_success_s: float | None = None
    last_rows: int = 0
    running_since_s: float | None = None
    running_s: float = 0.0

    @property
    def is_overdue(self) -> bool:
        """Whether the flush under way has taken `FLUSH_OVERDUE_S` or longer."""
        return self.running_s >= FLUSH_OVERDUE_S

    @property
    def sink_answers(self) -> bool:
        """Whether the last attempt to write, if any, succeeded, and no flush is overdue."""
        return not self.last_error and not self.is_overdue

    def at(self, monotonic_s: float) -> "FlushState":
        """An independent copy, with `running_s` as of `monotonic_s`."""
        running_s = 0.0 if self.running_since_s is None else monotonic_s - self.running_since_s
        return replace(self, written_rows=dict(self.written_rows), running_s=running_s)


class OverdueFlushLog:
    """Logs one line when a flush becomes overdue, and one when it has ended.

    The flusher logs each failed attempt itself, but a sink that hangs fails no attempt.
    """

    def __init__(self) -> None:
        self._is_logged = False

    def look(self, flush: FlushState) -> None:
        """Compare the state with the last one, and log what has changed."""
        if flush.is_overdue and not flush.last_error and not self._is_logged:
            self._is_logged = True
            logger.warning(
                "the sink has not answered for %.0f s: what was counted waits for it, and nothing is lost",
                flush.running_s,
            )
        elif self._is_logged and not flush.is_overdue:
            self._is_logged = False
            logger.info("the sink answers again")
