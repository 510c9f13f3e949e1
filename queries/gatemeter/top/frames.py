"""Frame after frame: reads the store and the lag, and says what is not known."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from clickhouse_connect.driver.client import Client

from gatemeter.api.store import QueriedStore
from gatemeter.clock import Clock
from gatemeter.errors import GatemeterError
from gatemeter.reports.topic_lag import PartitionLag, TopicLag
from gatemeter.top.reading import Reading, read
from gatemeter.top.view import Frame


@dataclass(slots=True)
class Frames:
    """Reads frames of `store`, whose `name` they show, for the hours of `last`; `lag` is None where there is no way."""

    store: QueriedStore
    name: str
    last: str
    clock: Clock
    lag: TopicLag | None
    _latest: Frame | None = field(default=None, init=False)
    _before: tuple[float, int] | None = field(default=None, init=False)

    def next(self) -> Frame:
        """The next frame; while the store does not answer, the latest one with a note. Raises GatemeterError before."""
        try:
            self._latest = self.store.ask(self._read)
        except GatemeterError as error:
            if self._latest is None:
                raise
            since = f"since {self._latest.reading.at:%H:%M:%S} the store does not answer: {error}"
            return replace(self._latest, counted_per_s=None, notes=[since])
        return self._latest

    def _read(self, client: Client) -> Frame:
        reading = read(client, self.last, self.clock.now())
        lag, notes = self._read_lag(client)
        return Frame(self.name, reading, self._counted_per_s(reading), lag, notes)

    def _read_lag(self, client: Client) -> tuple[Sequence[PartitionLag] | None, list[str]]:
        if self.lag is None:
            return None, ["the lag is not known without --kafka"]
        try:
            return self.lag.read(client), []
        except GatemeterError as error:
            return None, [f"the lag is not known: {error}"]

    def _counted_per_s(self, reading: Reading) -> float | None:
        """How fast events were consumed since the frame before; None for the first one, and after corrections."""
        now_s, before = self.clock.monotonic_s(), self._before
        self._before = (now_s, reading.consumed)
        if before is None or now_s <= before[0] or reading.consumed < before[1]:
            return None
        return (reading.consumed - before[1]) / (now_s - before[0])


def record_of(frame: Frame) -> dict[str, object]:
    """A frame as a JSON object; amounts are exact decimals as text, of all the hours."""
    reading: Reading = frame.reading
    return {
        "at": _text(reading.at),
        "from": _text(reading.span.start),
        "to": _text(min(reading.at, reading.span.end)),
        "is_older": reading.is_older,
        "requests_per_s": reading.requests_per_s,
        **reading.traffic,
        "costs": [
            {"evidence": each.evidence, "amount": f"{each.amount:f}", "currency": each.currency or None}
            for each in reading.costs
        ],
        "unpriced_calls": reading.unpriced_calls,
        "consumed": reading.consumed,
        "dead_letters": reading.dead_letters,
        "counted_per_s": frame.counted_per_s,
        "lag": None
        if frame.lag is None
        else [{"partition": each.partition, "messages": each.messages} for each in frame.lag],
        "consumers": list(reading.consumers),
        "routes": list(reading.routes),
        "notes": list(frame.notes),
    }


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
