"""A snapshot: what one control plane has configured at one time, as one source tells it.

What a source does not tell is None or '', never 0: a count of a kind that was not asked for is not known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Annotated

import msgspec

from gatemeter.inventory.entity import Entity, Kind, set_id_of, sorted_entities

Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class Source(StrEnum):
    """Who tells."""

    ADMIN_API = "admin_api"
    KONNECT = "konnect"
    DECLARATIVE = "declarative"
    LICENSE_REPORT = "license_report"


class Completeness(StrEnum):
    """How much of a kind a snapshot tells; only `complete` and `counted` have a count that may be reported."""

    COMPLETE = "complete"
    """Every entity is listed."""
    COUNTED = "counted"
    """The source tells a number and no entities."""
    PARTIAL = "partial"
    """What is listed exists, but there may be more: some of it may not be read, or the source knows only itself."""
    FORBIDDEN = "forbidden"
    """The gateway refused to tell (HTTP 403)."""
    UNAVAILABLE = "unavailable"
    """The gateway has no such thing, as an open-source gateway has no RBAC users."""
    NOT_ASKED = "not_asked"
    """The source does not speak of it, or was not asked."""


_WITH_ENTITIES = (Completeness.COMPLETE, Completeness.PARTIAL)


@dataclass(frozen=True, slots=True)
class KindInventory:
    """The entities of one kind, one an id and by id. `count` is None where nobody knows it.

    `set_id` names the set of entities, '' where none are listed.
    """

    completeness: Completeness = Completeness.NOT_ASKED
    count: int | None = None
    entities: tuple[Entity, ...] = ()
    set_id: str = ""

    @classmethod
    def listed(
        cls, kind: Kind, entities: Iterable[Entity], completeness: Completeness = Completeness.COMPLETE
    ) -> "KindInventory":
        """The inventory of entities that were listed; copies of one id become one."""
        whole = sorted_entities(entities)
        return cls(completeness, len(whole), whole, set_id_of(kind, whole))

    @classmethod
    def counted(cls, count: int | None) -> "KindInventory":
        """The inventory where only a number is told, or not even that."""
        return cls() if count is None else cls(Completeness.COUNTED, count)

    @property
    def known_count(self) -> int | None:
        """The count, where it is the whole truth."""
        return None if self.completeness is Completeness.PARTIAL else self.count

    @property
    def has_entities(self) -> bool:
        """Whether entities are listed, be it none."""
        return self.completeness in _WITH_ENTITIES


NOT_ASKED = KindInventory()


class ControlPlane(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose configuration it is. `id` is Konnect's, or the name that the operator gave, or the address's host."""

    id: str
    name: str = ""


class GatewayFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is told once for a control plane; hostname, cores and uname are of the node that was asked.

    `deployment` is `traditional`, `hybrid` or `dbless`; `database` `postgres` or `off`, `database_version` as a license
    report prints it. `license_key` is what a license report prints: the name of a license, which opens nothing; the
    license itself is never read. `license_expires` is written as there, and need not be a date.
    """

    gateway_version: str = ""
    edition: str = ""
    database: str = ""
    database_version: str = ""
    deployment: str = ""
    node_id: str = ""
    hostname: str = ""
    cores: Count | None = None
    uname: str = ""
    license_key: str = ""
    license_expires: str = ""
    connected_data_planes: Count | None = None
    report_checksum: str = ""


class PluginCount(msgspec.Struct, frozen=True, array_like=True):
    """How many instances of a plugin a license report counts, and in which tier."""

    tier: str
    name: str
    count: Count


class MonthlyRequests(msgspec.Struct, frozen=True, array_like=True):
    """The gateway's own counter: requests in `bucket`, `2026-02` or `UNKNOWN`."""

    bucket: str
    requests: Count


class ReportedCounts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Numbers that a license report tells, and no listing; None where it does not."""

    plugins: tuple[PluginCount, ...] | None = None
    unique_route_lambdas: Count | None = None
    unique_route_kafkas: Count | None = None
    monthly_requests: tuple[MonthlyRequests, ...] | None = None
    total_requests: Count | None = None


@dataclass(frozen=True)
class Snapshot:
    """See the module. `taken_at` is aware, in UTC; `origin` is the address or file without secrets."""

    control_plane: ControlPlane
    taken_at: datetime
    source: Source
    origin: str = ""
    facts: GatewayFacts = field(default_factory=GatewayFacts)
    reported: ReportedCounts = field(default_factory=ReportedCounts)
    kinds: Mapping[Kind, KindInventory] = field(default_factory=dict)

    def of(self, kind: Kind) -> KindInventory:
        """The inventory of a kind."""
        return self.kinds.get(kind, NOT_ASKED)

    @cached_property
    def id(self) -> str:
        """A hash of all that the snapshot says: sent twice, it is the same snapshot."""
        kinds = {kind.value: (each.completeness.value, each.count, each.set_id) for kind, each in self.kinds.items()}
        said = (
            *(self.control_plane, self.taken_at, self.source.value, self.origin),
            *(self.facts, self.reported, dict(sorted(kinds.items()))),
        )
        return sha256(msgspec.json.encode(said)).hexdigest()[:32]
