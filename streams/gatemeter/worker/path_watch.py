"""Asks now and then whether two paths tell the same requests, and says so in the log and in a metric.

Each worker sees the events of its own partitions alone. Two paths show in the stored rows, so those are asked.
"""

import logging
import threading
from collections.abc import Callable, Mapping

from gatemeter.errors import GatemeterError
from gatemeter.monitoring.worker_state import WorkerState

logger = logging.getLogger(__name__)

FindTwoPaths = Callable[[], Mapping[str, str]]
"""Returns a sentence for each suspicious pair of paths, by a name that the pair keeps. May raise GatemeterErrors."""

_FIRST_AFTER_S = 300.0
_EVERY_S = 3_600.0
_ASKING_PARTITION = 0


class PathWatch:
    """Asks from a thread of its own, in the worker that reads partition 0: one of a group is enough.

    Each pair is logged when it is first found, and again if it comes back. What cannot be asked is asked later.
    """

    def __init__(self, find: FindTwoPaths, state: WorkerState) -> None:
        self._find = find
        self._state = state
        self._known: frozenset[str] = frozenset()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="path-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch, until `close`."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching; a question that is being asked is not waited for."""
        self._done.set()

    def look(self) -> None:
        """Ask once."""
        if _ASKING_PARTITION not in self._state.snapshot().partitions:
            self._state.two_paths(0)
            return
        try:
            found = self._find()
        except GatemeterError as error:
            logger.info("whether two paths tell the same requests cannot be asked now: %s", error)
            return
        for name in found.keys() - self._known:
            logger.warning("%s", found[name])
        self._known = frozenset(found)
        self._state.two_paths(len(found))

    def _watch(self) -> None:
        pause_s = _FIRST_AFTER_S
        while not self._done.wait(pause_s):
            pause_s = _EVERY_S
            try:
                self.look()
            except Exception:  # a doubt about reports must not end what counts
                logger.exception("whether two paths tell the same requests cannot be found out")
