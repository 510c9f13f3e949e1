"""Work that a process does again and again, in a thread beside what else it does."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOG = logging.getLogger(__name__)


@contextmanager
def repeated(
    name: str,
    work: Callable[[threading.Event], object],
    *,
    every_s: float,
    first_after_s: float = 0.0,
    end_s: float = 5.0,
) -> Iterator[None]:
    """Call `work` first after `first_after_s`, and then `every_s` after it has returned, until the block ends.

    `work` gets the event that is set where the block ends, and returns soon after that; a call that is not over within
    `end_s` is left alone, and ends with the process. An error of `work` is logged, and the next call is made all the
    same: a thread that has ended would do nothing ever again, and nobody would notice.
    """
    is_over = threading.Event()

    def run() -> None:
        pause_s = first_after_s
        while not is_over.wait(pause_s):
            pause_s = every_s
            try:
                work(is_over)
            except Exception:  # noqa: BLE001 - said above
                if not is_over.is_set():
                    _LOG.exception("%s: failed, and is tried again in %g s", name, every_s)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(end_s)
