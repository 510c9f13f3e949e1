"""What decides about a price besides the model: speed, place of inference, route, whose key was used.

A call's modifiers are one text that is part of a stored key: `inference_geo=us,speed=fast`, by name, in lower case.
The service tier is a modifier too, with a column of its own.
"""

from collections.abc import Iterable, Mapping

SERVICE_TIER = "service_tier"

Modifiers = tuple[tuple[str, str], ...]
"""Names and values, by name."""


def modifiers_text(values: Mapping[str, str]) -> str:
    """The modifiers with these names and values; empty values are left out."""
    pairs = sorted((name, _plain(value)) for name, value in values.items())
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


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name, value


def _plain(value: str) -> str:
    """In lower case, without the characters that separate modifiers."""
    return value.strip().lower().replace(",", " ").replace("=", " ")
