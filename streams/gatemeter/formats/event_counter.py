"""How many events a message holds, and how many of them nobody can count: for whoever sends it."""

from gatemeter.events.access_event import TimeRange
from gatemeter.events.rejection import REJECTIONS_PER_MESSAGE
from gatemeter.formats import registry
from gatemeter.formats.explain import explain_decoding
from gatemeter.formats.ndjson import is_common
from gatemeter.shipping.shipper import MessageCounts


class EventCounter:
    """Counts as the decoders of the worker do, so that both name the same number of dead letters.

    A message that is sent has a time, so an event without one can be counted. It decodes no event to rows and redacts
    none, which is several times as fast.
    """

    def __init__(self, times: TimeRange) -> None:
        self._times = times
        self._fast_paths = {each.name: each.fast_path for each in registry.json_formats()}

    def count(self, log_format: str, value: bytes) -> MessageCounts:
        """The events of a message whose lines are events each, and not blank."""
        fast_path = self._fast_paths.get(log_format)
        countable = rejected = 0
        for line in value.split(b"\n"):
            if fast_path is not None and is_common(fast_path, line, self._times):
                countable += 1
                continue
            counted, dead_letters = self._count_thoroughly(log_format, line)
            countable, rejected = countable + counted, rejected + dead_letters
        kept = min(rejected, REJECTIONS_PER_MESSAGE + 1)
        return MessageCounts(countable + kept, kept)

    def _count_thoroughly(self, log_format: str, line: bytes) -> tuple[int, int]:
        """How many events of a line can be counted, and how many not. A line that fails a reader is one dead letter."""
        try:
            explained = explain_decoding(line, self._times, log_format, message_time_ms=self._times.from_ms)
            countable = [each.event is not None for each in explained]
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours must not stop whoever sends; the worker keeps the message
            return 0, 1
        return sum(countable), len(countable) - sum(countable)
