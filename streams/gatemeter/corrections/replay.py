"""Counts dead letters that can be read by now, and takes them back.

Usage is written first, then the ledger (`replay_log`), and last the rows that delete the letters. Whatever stops this
in between, a letter stands until all that it counts is stored, and replaying it again changes nothing that is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from gatemeter.corrections.replay_log import DeadLetter, EventOutcome, ReplayedDeadLetter, ReplayLog, ReplayOutcome
from gatemeter.errors import ConflictError, InputError
from gatemeter.events.batch import EventBatch
from gatemeter.metering.dead_letter_rows import NO_EPOCH, taking_back
from gatemeter.metering.rules import Metering
from gatemeter.metering.sink import Sink
from gatemeter.schema import DEAD_LETTERS, TableRows
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.frames import LogFormat
from gatemeter.worker.flusher import in_writing_order

_CORRECTABLE_FORMATS = {LogFormat.KONG_LOG.value, LogFormat.CLOUDEVENTS.value}


class Replay:
    """One run over any number of letters, some hundreds of them at a time; a dry run writes nothing.

    `letters` and `events` count what became of them so far.
    """

    def __init__(self, sink: Sink, metering: Metering, *, dry_run: bool = False) -> None:
        self.letters: Counter[ReplayOutcome] = Counter()
        self.events: Counter[EventOutcome] = Counter()
        self._sink = sink
        self._metering = metering
        self._decoders = metering.decoders()
        self._dry_run = dry_run
        self._logs: dict[str, ReplayLog] = {}

    def add(self, letters: Iterable[DeadLetter]) -> list[ReplayedDeadLetter]:
        """Count the events of those letters that can be read, and store that; what became of each letter.

        A letter is taken back when all events in it can be counted. Raises as `Sink.write` does.
        """
        decoded = [(letter, self._decode(letter)) for letter in letters]
        self._store([(letter, batch) for letter, batch in decoded if isinstance(batch, EventBatch)])
        fates = [
            ReplayedDeadLetter(letter.place, letter.topic, ReplayOutcome.REPLAYED)
            if isinstance(batch, EventBatch)
            else batch
            for letter, batch in decoded
        ]
        self.letters.update(each.fate for each in fates)
        return fates

    def correct(self, letter: DeadLetter, text: bytes, *, where: str) -> ReplayedDeadLetter:
        """Count the one event in `text`, read from the file `where`, in the letter's stead.

        Raises InputError unless it is one event that can be counted, ConflictError for an unfinished letter, and as
        `Sink.write` does.
        """
        if letter.is_unfinished:
            raise ConflictError(
                "is the last line of a file, not ended yet, and will be read again from there",
                where=str(letter.place),
                do="correct it in the file, end it with a newline, and meter the file again",
            )
        log_format = letter.log_format if letter.log_format in _CORRECTABLE_FORMATS else LogFormat.KONG_LOG
        batch = self._decoders.decode(log_format, [text])
        _require_one_event(batch, where)
        self._store([(letter, batch)])
        self.letters[ReplayOutcome.REPLAYED] += 1
        return ReplayedDeadLetter(letter.place, letter.topic, ReplayOutcome.REPLAYED)

    def _decode(self, letter: DeadLetter) -> EventBatch | ReplayedDeadLetter:
        """The letter's events if all of them can be counted, else what becomes of the letter."""
        if letter.is_unfinished:
            return ReplayedDeadLetter(letter.place, letter.topic, ReplayOutcome.UNFINISHED, letter.reason)
        if not letter.is_kept_whole:
            return ReplayedDeadLetter(letter.place, letter.topic, ReplayOutcome.NOT_KEPT_WHOLE, letter.reason)
        batch = self._decoders.decode(letter.log_format, [letter.raw])
        if batch.rejections:
            first = batch.rejections[0]
            return ReplayedDeadLetter(
                letter.place, letter.topic, ReplayOutcome.STILL_REJECTED, first.reason, first.detail
            )
        return batch

    def _store(self, letters: Sequence[tuple[DeadLetter, EventBatch]]) -> None:
        rows: list[TableRows] = []
        for letter, batch in letters:
            replayed = self._log_of(letter).add(letter, batch)
            self.events.update(replayed.fates)
            rows += replayed.rows
        if letters and not self._dry_run:
            self._sink.write([*in_writing_order(rows), _taking_back([letter.place for letter, _ in letters])])

    def _log_of(self, letter: DeadLetter) -> ReplayLog:
        found = self._logs.get(letter.place.log)
        if found is None:
            found = self._logs[letter.place.log] = ReplayLog(letter.place.log, self._sink, self._metering)
        return found


def _require_one_event(batch: EventBatch, where: str) -> None:
    if batch.event_count != 1:
        raise InputError(
            f"holds {batch.event_count} events, a letter is replaced by one", where=where, do="put one event into it"
        )
    for rejection in batch.rejections:
        told = f"{rejection.reason} ({rejection.detail})" if rejection.detail else rejection.reason
        raise InputError(f"cannot be counted either: {told}", where=where, do="correct it, and run the command again")


def _taking_back(places: Sequence[EventLocation]) -> TableRows:
    columns = zip(*(taking_back(place, NO_EPOCH) for place in places), strict=True)
    return TableRows(DEAD_LETTERS, [list(column) for column in columns])
