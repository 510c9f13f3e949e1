"""From lists that were given or refused to how much is known of each kind."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from gatemeter.adminapi.paging import Listing
from gatemeter.errors import GatewayUnavailable
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.entity_reading import read_entity
from gatemeter.inventory.plugin_tiers import PluginTiers
from gatemeter.inventory.snapshot import Completeness, KindInventory

_REFUSED = {
    HTTPStatus.FORBIDDEN: Completeness.FORBIDDEN,
    HTTPStatus.NOT_FOUND: Completeness.UNAVAILABLE,
    HTTPStatus.BAD_REQUEST: Completeness.UNAVAILABLE,
    HTTPStatus.METHOD_NOT_ALLOWED: Completeness.UNAVAILABLE,
}


def read_entities(kind: Kind, listing: Listing, workspace: str, tiers: PluginTiers) -> Iterator[Entity]:
    """The entities of a list. Raises ValueError as `read_entity`."""
    for entity_id, document in listing.documents.items():
        yield read_entity(kind, document, entity_id, workspace, tiers)


def listed_kind(kind: Kind, listing: Listing, tiers: PluginTiers) -> KindInventory:
    """The inventory of one list. Raises as `refusal` and `read_entity`."""
    if not listing.is_told:
        return KindInventory(refusal(listing.status))
    return KindInventory.listed(kind, read_entities(kind, listing, "", tiers))


def combined(
    kind: Kind, listings: Sequence[Listing], entities: Sequence[Entity] | None, *, are_all: bool
) -> KindInventory:
    """The inventory of one kind in all workspaces that were asked; without `entities` only their number is kept.

    It is complete only where `are_all` workspaces were asked and each of them told. Raises as `refusal`.
    """
    told = [listing for listing in listings if listing.is_told]
    refusals = {refusal(listing.status) for listing in listings if not listing.is_told}
    if not told:
        return KindInventory(refusals.pop() if len(refusals) == 1 else Completeness.FORBIDDEN)
    is_whole = are_all and len(told) == len(listings)
    if entities is not None:
        return KindInventory.listed(kind, entities, Completeness.COMPLETE if is_whole else Completeness.PARTIAL)
    number = len({entity_id for listing in told for entity_id in listing.documents})
    return KindInventory(Completeness.COUNTED if is_whole else Completeness.PARTIAL, number)


def with_reported(
    kinds: Mapping[Kind, KindInventory], reported: Mapping[Kind, KindInventory]
) -> dict[Kind, KindInventory]:
    """The kinds, with the number that a license report counts where nothing else is known of one."""
    counted = {kind: each for kind, each in reported.items() if each.count is not None}
    return {kind: counted.get(kind, each) if each.count is None else each for kind, each in kinds.items()}


def refused_as(listing: Listing) -> Completeness | None:
    """What the status of a list that was not told says; None for one that was. Raises as `refusal`."""
    return None if listing.is_told else refusal(listing.status)


def refusal(status: int) -> Completeness:
    """What a status says about a kind. Raises GatewayUnavailable for one that no documented gateway answers."""
    try:
        return _REFUSED[HTTPStatus(status)]
    except (KeyError, ValueError) as error:
        raise GatewayUnavailable(
            f"a list is answered with the status {status}", do="check that the address is that of an admin API"
        ) from error
