"""The inventory of a gateway that one runs oneself, by its Admin API.

Sources: the OpenAPI document admin-ee/3.15 in Kong/developer.konghq.com; `GET /` of admin-oss/3.9.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec

from gatemeter.adminapi.client import AdminClient
from gatemeter.adminapi.inventories import listed_kind, with_reported
from gatemeter.adminapi.paging import READINGS, ChangedMeanwhile, whole_list
from gatemeter.adminapi.workspace_lists import WorkspaceLists
from gatemeter.clock import Clock
from gatemeter.errors import GatewayUnavailable, InputError
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.entity_reading import read_node, text_of
from gatemeter.inventory.license_report import counts_of_report, facts_of_report, is_license_report, kinds_of_report
from gatemeter.inventory.plugin_tiers import PluginTiers
from gatemeter.inventory.snapshot import (
    NOT_ASKED,
    Completeness,
    ControlPlane,
    GatewayFacts,
    KindInventory,
    ReportedCounts,
    Snapshot,
    Source,
)

_REPORT = "/license/report"
_DEPLOYMENTS = {"control_plane": "hybrid", "data_plane": "hybrid", "traditional": "traditional"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask for: some `workspaces`, or all of them when it is empty; `control_plane` is the id to store.

    Lists of `credentials` hold keys and passwords, so they are asked for only where that is wanted.
    """

    control_plane: str
    workspaces: Sequence[str] = ()
    credentials: bool = False


def poll_gateway(client: AdminClient, asked: Asked, tiers: PluginTiers, clock: Clock) -> Snapshot:
    """A whole snapshot. Raises GatewayUnavailable; then there is none, whatever was read before."""
    for _ in range(READINGS):
        try:
            return _Poll(client, asked, tiers, clock.now()).snapshot()
        except ChangedMeanwhile:
            continue
        except ValueError as error:
            raise GatewayUnavailable(
                f"an entity cannot be read: {error}", where=client.url, do="correct it there"
            ) from error
    raise GatewayUnavailable(
        f"its configuration changed while it was read, {READINGS} times", where=client.url, do="ask again later"
    )


class _Poll:
    def __init__(self, client: AdminClient, asked: Asked, tiers: PluginTiers, now: datetime) -> None:
        self._client = client
        self._asked = asked
        self._tiers = tiers
        self._now = now.replace(microsecond=now.microsecond // 1000 * 1000)

    def snapshot(self) -> Snapshot:
        root = self._root()
        lists = WorkspaceLists(self._client, self._tiers)
        workspaces = lists.workspaces(self._asked.workspaces)
        kinds = {
            Kind.WORKSPACE: workspaces.inventory,
            **lists.inventories(workspaces),
            Kind.NODE: self._nodes(root),
            Kind.RBAC_USER: lists.counted(Kind.RBAC_USER, "rbac/users", workspaces),
            Kind.CREDENTIAL: lists.credentials(workspaces) if self._asked.credentials else NOT_ASKED,
        }
        facts, reported = self._facts(root), ReportedCounts()
        report = self._client.get(_REPORT)
        if report.status == HTTPStatus.OK and is_license_report(report.document):
            try:
                reported, counted = counts_of_report(report.document), kinds_of_report(report.document)
            except InputError as error:
                raise GatewayUnavailable(error.what, where=f"{self._client.url}{_REPORT}", do=error.do) from error
            facts, kinds = _merged(facts, facts_of_report(report.document)), with_reported(kinds, counted)
        return Snapshot(
            ControlPlane(self._asked.control_plane),
            self._now,
            Source.ADMIN_API,
            origin=self._client.url,
            facts=facts,
            reported=reported,
            kinds=kinds,
        )

    def _root(self) -> Mapping[str, Any]:
        """What the node tells of itself; nothing where it may not be asked."""
        answer = self._client.get("/")
        if answer.status == HTTPStatus.FORBIDDEN:
            return {}
        if not isinstance(answer.document, Mapping) or "version" not in answer.document:
            raise GatewayUnavailable(
                f"is not an admin API: it answers {answer.status} without a version",
                where=f"{self._client.url}/",
                do="check the port (8001, or 8444 with TLS)",
            )
        return answer.document

    def _nodes(self, root: Mapping[str, Any]) -> KindInventory:
        """Data planes of a control plane; else the node itself, which does not know of others."""
        role = text_of(_configuration(root), "role")
        if role == "control_plane":
            listing = whole_list(self._client, "/clustering/data-planes")
            if not listing.is_told:
                return listed_kind(Kind.NODE, listing, self._tiers)
            return KindInventory.listed(
                Kind.NODE, [read_node(node, "data_plane") for node in listing.documents.values()]
            )
        if not text_of(root, "node_id"):
            return KindInventory(Completeness.FORBIDDEN)
        itself = Entity(
            id=text_of(root, "node_id"),
            hostname=text_of(root, "hostname"),
            version=text_of(root, "version"),
            role=role or "traditional",
            last_seen=int(self._now.timestamp()),
        )
        return KindInventory.listed(Kind.NODE, [itself], Completeness.PARTIAL)

    def _facts(self, root: Mapping[str, Any]) -> GatewayFacts:
        configuration = _configuration(root)
        database = text_of(configuration, "database")
        role = text_of(configuration, "role")
        return GatewayFacts(
            gateway_version=text_of(root, "version"),
            edition=text_of(root, "edition"),
            database=database,
            deployment="dbless" if database == "off" and role == "traditional" else _DEPLOYMENTS.get(role, ""),
            node_id=text_of(root, "node_id"),
            hostname=text_of(root, "hostname"),
        )


def _configuration(root: Mapping[str, Any]) -> Mapping[str, Any]:
    """It holds passwords, too: only members that are named here are looked at."""
    configuration = root.get("configuration")
    return configuration if isinstance(configuration, Mapping) else {}


def _merged(asked: GatewayFacts, reported: GatewayFacts) -> GatewayFacts:
    """What the license report tells, and of the rest what the node tells; the node knows its database better."""
    told = {name: value for name, value in msgspec.structs.asdict(reported).items() if value not in ("", None)}
    told |= {"database": asked.database} if asked.database else {}
    return msgspec.structs.replace(asked, **told)
