"""Takes inventory messages into a store: entities first, and a snapshot once all its entities are stored.

Nothing is kept between messages but what was not written yet, so a message that is taken again changes nothing, and
whoever takes a log from any earlier offset comes to the same rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from gatemeter.errors import RejectedEvent
from gatemeter.inventory.entity import Kind
from gatemeter.inventory.messages import EntitiesMessage, SnapshotMessage, read_message
from gatemeter.inventory.rows import MessageLocation, dead_letter_rows, entity_rows, snapshot_rows
from gatemeter.schema import TableRows

_ROWS_AT_ONCE = 20_000


class EntitySet(NamedTuple):
    """The name of a stored set."""

    control_plane_id: str
    kind: Kind
    set_id: str


class InventoryStore(Protocol):
    """Where rows go. Both methods raise RetryableError or StopError, and may then be called again."""

    def write(self, rows: TableRows) -> None:
        """Store the rows; on return they are durable. Writing them again changes nothing that a reader sees."""

    def set_sizes(self, sets: Sequence[EntitySet]) -> Mapping[EntitySet, int]:
        """How many entities of each set are stored; 0 for one that is not."""


@dataclass(frozen=True, slots=True)
class InventoryRecord:
    """A message of the log: `value` is None for one without."""

    location: MessageLocation
    value: bytes | None


@dataclass(slots=True)
class Taken:
    """What became of messages: whole `snapshots`, by their ids in order, and dead letters by their reason."""

    messages: int = 0
    entities: int = 0
    snapshots: list[str] = field(default_factory=list)
    dead_letters: list[tuple[MessageLocation, RejectedEvent]] = field(default_factory=list)


class InventoryTaker:
    """Takes messages in the order of their partition. `taken` adds up what was stored."""

    def __init__(self, store: InventoryStore) -> None:
        self.taken = Taken()
        self._store = store
        self._unwritten: list[EntitiesMessage] = []

    def take(self, records: Iterable[InventoryRecord]) -> Taken:
        """Store all of `records`. Raises as the store does; then all of them are to be taken again."""
        self._unwritten = []
        taken = Taken()
        for record in records:
            taken.messages += 1
            try:
                self._take(record, taken)
            except RejectedEvent as rejection:
                size_bytes = len(record.value or b"")
                self._store.write(dead_letter_rows(record.location, rejection, size_bytes))
                taken.dead_letters.append((record.location, rejection))
        self._write_entities()
        self._add(taken)
        return taken

    def _take(self, record: InventoryRecord, taken: Taken) -> None:
        message = read_message(record.value)
        if isinstance(message, EntitiesMessage):
            taken.entities += len(message.entities)
            self._unwritten.append(message)
            if sum(len(each.entities) for each in self._unwritten) >= _ROWS_AT_ONCE:
                self._write_entities()
            return
        rows = snapshot_rows(message, record.location)
        self._write_entities()
        self._require_whole(message)
        self._store.write(rows)
        taken.snapshots.append(message.snapshot_id)

    def _require_whole(self, message: SnapshotMessage) -> None:
        wanted = {
            EntitySet(message.control_plane.id, kind, summary.set_id): summary.count
            for kind, summary in message.kinds.items()
            if summary.set_id
        }
        stored = self._store.set_sizes(list(wanted))
        for each, count in wanted.items():
            if stored[each] != count:
                raise RejectedEvent(
                    "incomplete_snapshot", f"{stored[each]} of {count} entities of the kind {each.kind.value} arrived"
                )

    def _write_entities(self) -> None:
        messages, self._unwritten = self._unwritten, []
        if messages:
            self._store.write(entity_rows(messages))

    def _add(self, taken: Taken) -> None:
        self.taken.messages += taken.messages
        self.taken.entities += taken.entities
        self.taken.snapshots += taken.snapshots
        self.taken.dead_letters += taken.dead_letters
