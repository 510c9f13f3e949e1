"""Rows of the report of what is unused, and what snapshots tell of a kind of entity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gatemeter.inventory.snapshot import Completeness
from gatemeter.inventory.stored import aware
from gatemeter.reports.configured_and_called import CalledName, ConfiguredEntity

KINDS = ("service", "route", "consumer")
"""What events name, in the order of the query's parameters."""

CREDENTIAL = "credential"
"""What events rarely name, and only snapshots that were asked for it list."""


class Finding(StrEnum):
    """What a row says."""

    NOT_CALLED = "not_called"
    """A snapshot of the time lists it, and no event that was counted in the hours called it."""
    NOT_CONFIGURED = "not_configured"
    """It was called, and no snapshot of the time lists it."""


class UnusedRow(BaseModel):
    """A service, route, consumer or credential. Times are UTC; null is not known, or has no sense for the finding."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    finding: Finding
    kind: str
    control_plane: str | None
    workspace: str | None
    service: str | None = Field(description="That a route belongs to.")
    consumer: str | None = Field(description="That a credential belongs to.")
    name: str | None = Field(description="Of a credential, the plugin that it is for.")
    id: str | None = Field(description="The gateway's, null where it tells none.")
    configured_since: str | None = Field(
        description="The first snapshot that lists it; null where the first of all does."
    )
    configured_until: str | None = Field(
        description="The last snapshot that lists it; null where it is still configured."
    )
    requests: int
    first_called: str | None = Field(description="The first hour with a call.")
    last_called: str | None = Field(description="The last hour with a call; of what is not called, before these hours.")


@dataclass(frozen=True, slots=True)
class Listing:
    """How the snapshots of a time tell a kind of a control plane."""

    control_plane_id: str
    control_plane: str
    kind: str
    first: datetime | None
    last: datetime | None
    told: Sequence[str]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Listing":
        """Read a row of the query `configured_listings`."""
        first, last = (None if row[name] is None else aware(row[name]) for name in ("first_listed", "last_listed"))
        return cls(row["control_plane_id"], row["control_plane"], row["kind"], first, last, row["told"])

    @property
    def is_whole(self) -> bool:
        """Whether all of them tell all of it."""
        return list(self.told) == [Completeness.COMPLETE]


def not_called_row(
    entity: ConfiguredEntity,
    last_called: datetime | None,
    planes: Mapping[tuple[str, str], Listing],
    consumer: str | None = None,
) -> UnusedRow:
    """The row of an entity that was last called at `last_called`; `planes` are by control plane and kind.

    `consumer` is whose credential it is.
    """
    listing = planes[entity.control_plane_id, entity.kind]
    since = entity.first_listed if listing.first is None or entity.first_listed > listing.first else None
    until = entity.last_listed if listing.last is None or entity.last_listed < listing.last else None
    return UnusedRow(
        finding=Finding.NOT_CALLED,
        kind=entity.kind,
        control_plane=listing.control_plane,
        workspace=entity.workspace or None,
        service=entity.service or None,
        consumer=consumer,
        name=entity.name or None,
        id=entity.gateway_id or None,
        configured_since=_text(since),
        configured_until=_text(until),
        requests=0,
        first_called=None,
        last_called=_text(last_called),
    )


def not_configured_row(called: CalledName) -> UnusedRow:
    """The row of what was called, with the hours of which it is known that it was not configured."""
    return UnusedRow(
        finding=Finding.NOT_CONFIGURED,
        kind=called.kind,
        control_plane=None,
        workspace=called.workspace or None,
        service=called.service or None,
        consumer=None,
        name=next(iter(called.names), None),
        id=called.id or None,
        configured_since=None,
        configured_until=None,
        requests=called.known.requests,
        first_called=_text(called.known.first),
        last_called=_text(called.known.last),
    )


def _text(time: datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"


def row_order(row: UnusedRow) -> tuple[Any, ...]:
    """By finding and kind, then by names."""
    return (
        list(Finding).index(row.finding),
        (*KINDS, CREDENTIAL).index(row.kind),
        *(each or "" for each in _names(row)),
    )


def _names(row: UnusedRow) -> tuple[str | None, ...]:
    return row.control_plane, row.workspace, row.service, row.consumer, row.name, row.id
