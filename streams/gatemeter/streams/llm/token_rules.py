"""The inclusion rules of `token_rules.toml`: which provider counts what inside what."""

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

_Inclusion = Literal["included", "added"]


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cache: _Inclusion
    reasoning: _Inclusion
    providers: tuple[str, ...]


class _ModelRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    provider: str
    model_prefix: str
    rule: str


class _RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    providers_with_counts_in_streams: frozenset[str]
    default_rule: str
    rules: dict[str, _Rule]
    model_rules: tuple[_ModelRule, ...]


@dataclass(frozen=True, slots=True)
class InclusionRule:
    """Added classes stand beside the prompt or completion count; those that are not added are included in it."""

    cache_is_added: bool
    reasoning_is_added: bool


@lru_cache(maxsize=1024)
def inclusion_rule(provider: str, model: str) -> InclusionRule:
    """The rule of `provider` (lower case) for `model`; an unknown provider counts as OpenAI does."""
    file = _rule_file()
    by_model = (
        entry.rule
        for entry in file.model_rules
        if entry.provider == provider and model.lower().startswith(entry.model_prefix)
    )
    by_provider = (name for name, rule in file.rules.items() if provider in rule.providers)
    rule = file.rules[next(by_model, None) or next(by_provider, file.default_rule)]
    return InclusionRule(cache_is_added=rule.cache == "added", reasoning_is_added=rule.reasoning == "added")


def stream_tells_counts(provider: str) -> bool:
    """Whether the streams of `provider` tell token counts, so that the gateway need not estimate them."""
    return provider in _rule_file().providers_with_counts_in_streams


@cache
def _rule_file() -> _RuleFile:
    text = files(__package__).joinpath("token_rules.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _RuleFile)
