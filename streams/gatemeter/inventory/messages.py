"""Snapshots as Kafka messages: entities in chunks, and behind them one message that makes the snapshot whole.

A set of entities has the hash of its content for a name, so an unchanged configuration is the same set in every
snapshot, and a set that arrives twice is one. The closing message says how many entities each set has: a snapshot whose
closing message never came, or whose sets lack entities, does not exist for anybody who reads.

All messages of a control plane have its id as their key, so they lie in one partition in the order of sending.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import msgspec

from gatemeter.errors import RejectedEvent
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.snapshot import (
    Completeness,
    ControlPlane,
    Count,
    GatewayFacts,
    KindInventory,
    ReportedCounts,
    Snapshot,
    Source,
)

FORMAT = "gatemeter-inventory/1"
"""The value of the member `format` of every message; another one is of another version."""

CHUNK_BYTES = 256 * 1024
"""About the size of a message of entities; the largest entity is a fifth of what a broker takes."""


class EntitiesMessage(msgspec.Struct, frozen=True, kw_only=True, tag="entities", forbid_unknown_fields=True):
    """Some entities of the set `set_id`, which are of one kind of one control plane."""

    format: str = FORMAT
    control_plane_id: str
    kind: Kind
    set_id: str
    entities: tuple[Entity, ...]


class KindSummary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a snapshot tells of a kind; `count` entities are in the set `set_id` where it has one."""

    completeness: Completeness
    count: Count | None = None
    set_id: str = ""


class SnapshotMessage(msgspec.Struct, frozen=True, kw_only=True, tag="snapshot", forbid_unknown_fields=True):
    """The end of a snapshot: everything but its entities."""

    format: str = FORMAT
    snapshot_id: str
    control_plane: ControlPlane
    taken_at: Annotated[datetime, msgspec.Meta(tz=True)]
    source: Source
    origin: str
    facts: GatewayFacts
    reported: ReportedCounts
    kinds: dict[Kind, KindSummary]


InventoryMessage = EntitiesMessage | SnapshotMessage

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[InventoryMessage] = msgspec.json.Decoder(EntitiesMessage | SnapshotMessage)


class _Format(msgspec.Struct, frozen=True):
    format: str = ""


def messages_of(snapshot: Snapshot, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """The messages of a snapshot in the order in which they must be sent."""
    for kind, inventory in snapshot.kinds.items():
        for entities in _chunks(inventory.entities, chunk_bytes):
            yield _encoder.encode(
                EntitiesMessage(
                    control_plane_id=snapshot.control_plane.id, kind=kind, set_id=inventory.set_id, entities=entities
                )
            )
    yield _encoder.encode(closing_message(snapshot))


def closing_message(snapshot: Snapshot) -> SnapshotMessage:
    """The message behind the entities of a snapshot."""
    return SnapshotMessage(
        snapshot_id=snapshot.id,
        control_plane=snapshot.control_plane,
        taken_at=snapshot.taken_at,
        source=snapshot.source,
        origin=snapshot.origin,
        facts=snapshot.facts,
        reported=snapshot.reported,
        kinds={kind: _summary(each) for kind, each in snapshot.kinds.items()},
    )


def read_message(value: bytes | None) -> InventoryMessage:
    """The message in `value`. Raises RejectedEvent for anything else; its detail repeats nothing of the value."""
    try:
        if msgspec.json.decode(value or b"", type=_Format).format != FORMAT:
            raise RejectedEvent("other_version", f"the message is not of the format {FORMAT}")
        return _decoder.decode(value or b"")
    except msgspec.ValidationError as error:
        raise RejectedEvent("not_an_inventory", f"a member is not of this format: {_place_of(error)}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RejectedEvent("not_json", "the message is not a JSON object") from error


def _place_of(error: msgspec.ValidationError) -> str:
    """Where in the message, by msgspec's path; the rest of its text may quote the message."""
    _, _, place = str(error).rpartition(" - at ")
    return place.strip("`")[:200] or "$"


def _summary(inventory: KindInventory) -> KindSummary:
    return KindSummary(completeness=inventory.completeness, count=inventory.count, set_id=inventory.set_id)


def _chunks(entities: tuple[Entity, ...], chunk_bytes: int) -> Iterator[tuple[Entity, ...]]:
    chunk: list[Entity] = []
    size = 0
    for entity in entities:
        entity_size = len(_encoder.encode(entity))
        if chunk and size + entity_size > chunk_bytes:
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(entity)
        size += entity_size
    if chunk:
        yield tuple(chunk)
