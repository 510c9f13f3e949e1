"""Settles usage beside what else a process does, every ten minutes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.errors import GatemeterError
from gatemeter.settling.settler import QUIET, settle

EVERY = timedelta(minutes=10)
_END_S = 5.0


@contextmanager
def settling(
    clickhouse_url: str, note: Callable[[str], None], *, every: timedelta = EVERY, quiet: timedelta = QUIET
) -> Iterator[None]:
    """Settle what the server holds and was not written to within `quiet`, first after `every`, until the block ends.

    `note` gets what went wrong; the next run is tried all the same. A run under way when the block ends is left alone:
    it leaves nothing behind that anybody reads.
    """
    is_over = threading.Event()

    def run() -> None:
        while not is_over.wait(every.total_seconds()):
            try:
                with closing(connect(ClickHouseAddress.parse(clickhouse_url))) as client:
                    for _ in settle(client, quiet=quiet):
                        if is_over.is_set():
                            return
            except GatemeterError as error:
                if not is_over.is_set():
                    note(f"usage is not settled: {error}")

    thread = threading.Thread(target=run, name="settling", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(_END_S)
