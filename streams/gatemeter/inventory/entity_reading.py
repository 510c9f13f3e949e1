"""Entities as Kong's Admin API and its declarative files write them: JSON objects, of which a few members are kept.

What is kept is listed here, so that a new member of Kong's never leaves it by chance. Source: the OpenAPI documents
admin-ee/3.15 and control-planes-config/v2 in Kong/developer.konghq.com, and the decK documentation.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from gatemeter.inventory.entity import LATEST_S, Entity, Kind
from gatemeter.inventory.plugin_targets import target_hashes
from gatemeter.inventory.plugin_tiers import PluginTiers

MAX_TEXT = 4096
"""Characters of a name, and of any other text that is kept."""
MAX_TAGS = 256

LIMITED_TO = ("consumer", "consumer_group", "route", "service")
"""What a plugin may be limited to, by the names of its members."""
_DEFINITIONS = {
    Kind.SERVICE: ("protocol", "host", "port", "path", "url", "retries", "enabled"),
    Kind.ROUTE: ("protocols", "methods", "hosts", "paths", "snis", "strip_path", "preserve_host", "regex_priority"),
}

Document = Mapping[str, Any]


def read_entity(kind: Kind, document: Document, entity_id: str, workspace: str, tiers: PluginTiers) -> Entity:
    """The entity in `document`. Raises ValueError for a text that is too long, too many tags, and as `reference`."""
    limited_to = {target: reference(document, target) for target in LIMITED_TO}
    entity = Entity(
        id=entity_id,
        name=text_of(document, "name"),
        workspace=workspace,
        service_id=limited_to["service"],
        route_id=limited_to["route"],
        consumer_id=limited_to["consumer"],
        consumer_group_id=limited_to["consumer_group"],
        username=text_of(document, "username"),
        custom_id=text_of(document, "custom_id"),
        is_enabled=_enabled(document.get("enabled")),
        tags=tags_of(document.get("tags")),
        definition_hash=_definition_hash(kind, document),
        updated_at=seconds(document.get("updated_at")),
    )
    if kind is not Kind.PLUGIN:
        return entity
    return msgspec.structs.replace(
        entity,
        plugin_tier=tiers.tier_of(entity.name).value,
        plugin_scope=scope_of(limited_to),
        target_hashes=target_hashes(entity.name, document.get("config")),
    )


def read_node(document: Document, role: str) -> Entity:
    """A data plane as `/clustering/data-planes` or Konnect's `nodes` tells it. Raises ValueError as `read_entity`."""
    last_seen = document.get("last_seen", document.get("last_ping"))
    return Entity(
        id=text_of(document, "id"),
        hostname=text_of(document, "hostname"),
        version=text_of(document, "version"),
        role=role,
        last_seen=seconds(last_seen),
        tags=_labels(document.get("labels")),
    )


def text_of(document: Document, member: str) -> str:
    """A text, or a whole number as text; '' for anything else. Raises ValueError for one that is too long."""
    value = document.get(member)
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    text = str(value)
    if len(text) > MAX_TEXT:
        msg = f"{member} has {len(text)} characters, more than {MAX_TEXT}"
        raise ValueError(msg)
    return text


def reference(document: Document, member: str) -> str:
    """How `document` calls another entity: `{"id": ...}`, `{"name": ...}` or a text; '' for none.

    Raises ValueError for anything else: a plugin whose service cannot be read is not one of all services.
    """
    value = document.get(member)
    if value is None or value in ({}, ""):
        return ""
    said = value if isinstance(value, Mapping) else {"name": value}
    if found := text_of(said, "id") or text_of(said, "name") or text_of(said, "username"):
        return found
    msg = f"its {member} is neither a text nor an object with id or name"
    raise ValueError(msg)


def whole_number(value: object) -> int | None:
    """A whole number that is not negative; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def seconds(value: object) -> int | None:
    """A time in Unix seconds; None for anything else, and for what is later than a stored time can be."""
    number = whole_number(value)
    return None if number is None or number > LATEST_S else number


def tags_of(value: object) -> tuple[str, ...]:
    """The texts in a list, in order. Raises ValueError for too many, or one that is too long."""
    tags = sorted({tag for tag in value if isinstance(tag, str)}) if isinstance(value, list) else []
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_TEXT for tag in tags):
        msg = f"has more than {MAX_TAGS} tags, or a tag of more than {MAX_TEXT} characters"
        raise ValueError(msg)
    return tuple(tags)


def scope_of(limited_to: Mapping[str, str]) -> str:
    """`global`, or what a plugin is limited to, joined by `+`; by the ids of `consumer`, `route` and so on."""
    return "+".join(target for target in LIMITED_TO if limited_to.get(target)) or "global"


def _enabled(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _labels(value: object) -> tuple[str, ...]:
    return tags_of([f"{name}:{label}" for name, label in value.items()] if isinstance(value, Mapping) else None)


def _definition_hash(kind: Kind, document: Document) -> str:
    """Of what the gateway does with it; without headers, which may hold keys. Files write numbers as texts."""
    told = {name: document[name] for name in _DEFINITIONS.get(kind, ()) if document.get(name) is not None}
    if not told:
        return ""
    return sha256(json.dumps(_texts(told)).encode()).hexdigest()[:16]


def _texts(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _texts(value[name]) for name in sorted(value, key=str)}
    return [_texts(each) for each in value] if isinstance(value, list) else str(value)
