"""What a gateway can have configured, without what must not leave it: credentials and settings of plugins."""

from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

import msgspec

LATEST_S = 2**32 - 1
"""The latest time that is stored, in Unix seconds: 2106."""

Seconds = Annotated[int, msgspec.Meta(ge=0, le=LATEST_S)]


class Kind(StrEnum):
    """The kinds of entities; each has an inventory of its own in a snapshot."""

    WORKSPACE = "workspace"
    SERVICE = "service"
    ROUTE = "route"
    PLUGIN = "plugin"
    CONSUMER = "consumer"
    CONSUMER_GROUP = "consumer_group"
    NODE = "node"
    RBAC_USER = "rbac_user"
    CREDENTIAL = "credential"
    """A key, or whatever else a consumer shows to be let in (`inventory.credentials`)."""


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One configured thing. '' and None mean that its source does not tell; what a kind cannot have is left out.

    `id` is the gateway's own, or where a file tells none, `name:` and what tells the entity apart within its kind and
    workspace. `name` is that of the type of a plugin or credential, and of everything else its own. `workspace` is the
    name of one.

    `plugin_scope` is `global`, or what the plugin is limited to: `service`, `route`, `consumer`, `consumer_group`, or
    several of these joined by `+`. `target_hashes` are hashes of what a plugin calls (`plugin_targets`).

    `last_seen`, `updated_at` and `created_at`, which only credentials have, are in Unix seconds. `definition_hash`
    changes with what the gateway does with a service or route.
    """

    id: str
    name: str = ""
    workspace: str = ""
    service_id: str = ""
    service_name: str = ""
    route_id: str = ""
    route_name: str = ""
    consumer_id: str = ""
    consumer_group_id: str = ""
    plugin_tier: str = ""
    plugin_scope: str = ""
    is_enabled: bool | None = None
    username: str = ""
    custom_id: str = ""
    realm: str = ""
    hostname: str = ""
    version: str = ""
    role: str = ""
    last_seen: Seconds | None = None
    target_hashes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    definition_hash: str = ""
    updated_at: Seconds | None = None
    created_at: Seconds | None = None


def sorted_entities(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """One entity an id, by id. Of two with the same id the later one stays: it was read later."""
    by_id = {entity.id: entity for entity in entities}
    return tuple(by_id[key] for key in sorted(by_id))


def set_id_of(kind: Kind, entities: Iterable[Entity]) -> str:
    """The hash of entities of one kind in their order: the same configuration has the same one in every snapshot."""
    encoder, digest = msgspec.json.Encoder(), sha256(f"gatemeter inventory 1 {kind.value}\n".encode())
    for entity in entities:
        digest.update(encoder.encode(entity) + b"\n")
    return digest.hexdigest()[:32]
