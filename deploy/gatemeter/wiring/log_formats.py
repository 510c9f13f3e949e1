"""In which format a file is read: always in that of its first time.

The lines of a file do not say their format. Read in another one, events that are counted would have other keys, and
stand in the store beside those of the first time.
"""

from pathlib import Path

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.store_settings import log_format, record_log_format
from gatemeter.clock import Clock
from gatemeter.errors import ConflictError
from gatemeter.sources.file_meter import StoredLog


class LogFormats:
    """The formats that a store has read files in. `is_named` says whether somebody has named the format of this run."""

    def __init__(self, client: Client, clock: Clock, *, is_named: bool) -> None:
        self._client = client
        self._clock = clock
        self._is_named = is_named

    def of(self, path: Path, log: StoredLog, name: str) -> str:
        """The format to read the file `path` in, where `name` was named or found, and remembers it.

        One that was found gives way to that of the first time: a file that has grown may look like another one. Raises
        ConflictError where another format is named, and as `log_format` does.
        """
        first = log_format(self._client, log.identity) if log.events else None
        if first is None:
            record_log_format(self._client, log.identity, name, self._clock.now())
            return name
        if first != name and self._is_named:
            raise ConflictError(
                f"was metered as {first} before, and is to be metered as {name} now",
                where=str(path),
                do=f"give --format {first}, or meter it into another store: in this one its events would count twice",
            )
        return first
