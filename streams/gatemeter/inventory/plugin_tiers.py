"""The license tiers of plugins, by a table that is kept by hand (`plugin_tiers.toml`) and a person's own additions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path

from gatemeter.errors import InputError
from gatemeter.lenient.toml import parse_toml


class PluginTier(StrEnum):
    """The tiers of a license report, and `unknown` for a plugin that no table lists."""

    FREE = "free"
    ENTERPRISE = "enterprise"
    CUSTOM = "custom"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PluginTiers:
    """A tier for each listed plugin; `as_of` is the day on which the packaged table was true."""

    as_of: date
    by_name: Mapping[str, PluginTier] = field(default_factory=dict)

    def tier_of(self, plugin: str) -> PluginTier:
        """The tier of a plugin by its name."""
        return self.by_name.get(plugin, PluginTier.UNKNOWN)

    def with_file(self, path: Path) -> "PluginTiers":
        """These tiers, and those of a TOML file with lists `free`, `enterprise` and `custom`, which win.

        Raises InputError for a file that cannot be read as one.
        """
        try:
            added = _by_name(parse_toml(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise InputError(
                f"cannot be read as a table of tiers: {error}", where=str(path), do='write custom = ["my-plugin"]'
            ) from error
        return PluginTiers(self.as_of, {**self.by_name, **added})


@cache
def packaged_tiers() -> PluginTiers:
    """The tiers that come with this version."""
    text = files("gatemeter.inventory").joinpath("plugin_tiers.toml").read_text(encoding="utf-8")
    table = parse_toml(text)
    return PluginTiers(table.pop("as_of"), _by_name(table))


def _by_name(table: Mapping[str, object]) -> dict[str, PluginTier]:
    found: dict[str, PluginTier] = {}
    for tier, names in table.items():
        if tier not in set(PluginTier) - {PluginTier.UNKNOWN}:
            msg = f"{tier!r} is not a tier"
            raise ValueError(msg)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            msg = f"{tier} is not a list of names"
            raise ValueError(msg)
        if twice := sorted(found.keys() & set(names)):
            msg = f"{twice[0]} is in two tiers"
            raise ValueError(msg)
        found.update(dict.fromkeys(names, PluginTier(tier)))
    return found
