"""What decides about a price besides the model: speed, place of inference, route, whose key was used.

A call's modifiers are one text that is part of a stored key: `inference_geo=us,speed=fast`, by name, in lower case.
The service tier is a modifier too, with a column of its own.

| name | told by |
| --- | --- |
| `service_tier` | `service_tier`, `processing`; `serviceTier` (Gemini; Bedrock: `.type`), `trafficType` (Vertex AI) |
| `speed` | `speed` (Anthropic) |
| `inference_geo` | `inference_geo` (Anthropic) |
| `search_context_size` | `search_context_size` (Perplexity) |
| `latency` | `performanceConfig.latency` (Bedrock) |
| `route` | the region of a provider's endpoint, where it has another price |
| `request` | `retrieval` where an answer was read again that had been made before |
| `key` | `own` where `is_byok` says that the customer's own key was used (OpenRouter) |

Answers of a batch have the service tier `batch`. What is ordinary has no name: the default tier, the standard speed,
inference anywhere.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gatemeter.lenient.read_paths import Node, members, value, value_or

SERVICE_TIER = "service_tier"
BATCH = "batch"

Modifiers = tuple[tuple[str, str], ...]
"""Names and values, by name."""

_TIERS = ("service_tier", "serviceTier", "trafficType", "processing")
_OTHERS = ("speed", "inference_geo", "search_context_size")
_WISHES = ("priority", "fast")
KIND = re.compile(r"[\w .:/-]{0,64}", re.ASCII)
"""A text that may name a kind, such as a tier or a speed; no other text leaves a door."""
OTHER_KIND = "(other)"
"""Stands for any other text: no price is known of it, and a door writes it where it has left the text out."""
_OTHER_KIND = msgspec.json.encode(OTHER_KIND)


def kind(raw: bytes) -> bytes:
    """What a door sends of a text that may name a kind; other values as `value`."""
    if raw[:1] != b'"':
        return value(raw)
    text: str = msgspec.json.decode(raw)
    return raw if KIND.fullmatch(text) else _OTHER_KIND


TOLD_BY: Mapping[str, Node] = {
    **dict.fromkeys(_TIERS, value_or(members(type=kind), kind)),
    **dict.fromkeys((*_OTHERS, "is_byok"), kind),
    "performanceConfig": members(latency=kind),
}
"""The members that `told_modifiers` reads."""
_PREFIXES = ("service_tier_", "on_demand_")
_ORDINARY = {
    SERVICE_TIER: frozenset({"", "default", "standard", "standard_only", "auto", "on_demand", "unspecified"})
    | {"traffic_type_unspecified"},
    "speed": frozenset({"", "standard"}),
    "inference_geo": frozenset({"", "global", "not_available"}),
    "latency": frozenset({"", "standard"}),
}


def told_modifiers(fields: Mapping[str, Any]) -> dict[str, str]:
    """What an answer or its usage object tells, by our names; the value is '' where it is the ordinary one."""
    told: dict[str, str] = {}
    for name in _TIERS:
        value = fields.get(name)
        if isinstance(value, dict):
            value = value.get("type")
        if isinstance(value, str):
            told[SERVICE_TIER] = told.get(SERVICE_TIER) or priced_tier(value)
    for name in _OTHERS:
        if isinstance(value := fields.get(name), str):
            told[name] = _unless_ordinary(name, value)
    performance = fields.get("performanceConfig")
    if isinstance(performance, dict) and isinstance(value := performance.get("latency"), str):
        told["latency"] = _unless_ordinary("latency", value)
    if fields.get("is_byok") is True:
        told["key"] = "own"
    return told


def priced_tier(logged: str) -> str:
    """The service tier in lower case; '' for the ordinary tier, whatever the provider calls it."""
    tier = _plain(logged)
    for prefix in _PREFIXES:
        tier = tier.removeprefix(prefix)
    return _unless_ordinary(SERVICE_TIER, tier)


def may_be_refused(tier: str) -> bool:
    """Whether providers may serve another tier than this one, if only the request tells it
    [platform.openai.com/docs/guides/priority-processing; BerriAI/litellm#31837; lidge-jun/opencodex#951;
    ai.google.dev/gemini-api/docs/priority-inference].
    """
    return tier in _WISHES


def modifiers_text(values: Mapping[str, str]) -> str:
    """The modifiers with these names and values; empty values are left out."""
    pairs = sorted((name, _separable(value)) for name, value in values.items())
    return ",".join(f"{name}={value}" for name, value in pairs if value)


def read_modifiers(text: str, service_tier: str = "") -> Modifiers:
    """The pairs in `text` as `modifiers_text` wrote it, with the service tier among them."""
    pairs = [_pair(part) for part in text.split(",") if part]
    if service_tier:
        pairs.append((SERVICE_TIER, service_tier.lower()))
    return tuple(sorted(pairs))


def modifier_label(modifiers: Iterable[tuple[str, str]]) -> str:
    """For people and price versions: `priority speed=fast`, a service tier by its value alone."""
    return " ".join(value if name == SERVICE_TIER else f"{name}={value}" for name, value in modifiers)


def _unless_ordinary(name: str, value: str) -> str:
    plain = _plain(value)
    return "" if plain in _ORDINARY.get(name, ()) else plain


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name, value


def _plain(told: str) -> str:
    return told.strip().lower() if KIND.fullmatch(told) else OTHER_KIND


def _separable(value: str) -> str:
    """In lower case, without the characters that separate modifiers."""
    return value.strip().lower().replace(",", " ").replace("=", " ")
