"""Says in the log that the sink hangs: a server that refuses is named by each failed try, one that hangs by nothing."""

import logging

from gatemeter.streams.monitoring.worker_state import FlushState

logger = logging.getLogger(__name__)


class SlowFlush:
    """One line when a flush takes too long, and one when it has come to its end."""

    def __init__(self) -> None:
        self._was_said = False

    def look(self, flush: FlushState) -> None:
        """Look at the flush that is under way, if one is."""
        if flush.is_overdue and not flush.last_error and not self._was_said:
            self._was_said = True
            logger.warning(
                "the sink has not answered for %.0f s: what was counted waits for it, and nothing is lost",
                flush.running_s,
            )
        elif self._was_said and not flush.is_overdue:
            self._was_said = False
            logger.info("the sink answers again")
