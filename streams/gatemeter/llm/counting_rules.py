"""The rules of `token_rules.toml`: what a prompt or completion count holds, by who wrote it down."""

from functools import cache, lru_cache
from typing import Literal, NamedTuple

import msgspec

from gatemeter.llm.rule_files import read_rules

Version = tuple[int, ...]
Doubt = Literal["with_cache", "without_cache", "cache_untold", "streams"]


class CountingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What counts hold, and when they are in doubt; the other fields say what it is a rule for."""

    name: str
    source: str
    cache: Literal["included", "added", "unknown"]
    reasoning: Literal["included", "added", "beside_total"]
    doubtful: frozenset[Doubt] = frozenset()
    gateway: str = ""
    since: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    model_prefix: str = ""
    cache_in_details: bool = False
    cache_from_tokens: int = 0


class MediaModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Models whose counts are not of text alone; `output` is the unit of an answer whose modality is not told."""

    name_has: tuple[str, ...]
    source: str
    output: str = ""
    doubtful: bool


class _RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    providers_with_counts_in_streams: frozenset[str]
    providers_without_chat_form: frozenset[str]
    models_that_bill_search_queries: tuple[str, ...]
    models_without_completion: tuple[str, ...]
    models_that_bill_cache_writes: tuple[str, ...]
    fewest_cached_tokens: int
    rules: tuple[CountingRule, ...]
    media_models: tuple[MediaModel, ...]


class CountedBy(NamedTuple):
    """Who wrote a usage object: `gateway` is '' for a provider's own, `version` empty where it is not known."""

    gateway: str
    version: Version
    provider: str
    model: str


class Counting(NamedTuple):
    """What is known about counts: the `rule`, the modalities of a model that is not one of text alone, and whether its
    answers are tokens, as far as its name tells.
    """

    rule: CountingRule
    media: MediaModel | None
    has_completion: bool


@lru_cache(maxsize=1024)
def counting(counted_by: CountedBy, shape: str, cache_in_details: bool) -> Counting:
    """What is known about the counts in an object of this shape; the last rule fits everything."""
    rule = next(rule for rule in _rule_file().rules if _fits(rule, counted_by, shape, cache_in_details))
    return Counting(rule, media_model(counted_by.model), _has_completion(counted_by.model))


def media_model(model: str) -> MediaModel | None:
    """What is known about the modalities of `model`; None for a model of text."""
    name = model.lower()
    return next((each for each in _rule_file().media_models if any(part in name for part in each.name_has)), None)


def streams_have_counts(provider: str) -> bool:
    """Whether `provider` sends token counts in its streams, so that the gateway need not estimate them."""
    return provider in _rule_file().providers_with_counts_in_streams


def answers_in_chat_form(provider: str) -> bool:
    """Whether an answer in OpenAI's chat form can be the provider's own."""
    return provider not in _rule_file().providers_without_chat_form


def _has_completion(model: str) -> bool:
    name = model.lower()
    return not any(part in name for part in _rule_file().models_without_completion)


def bills_search_queries(model: str) -> bool:
    """Whether each query of a grounded Gemini call is billed, not the grounded call as one."""
    return model.lower().startswith(_rule_file().models_that_bill_search_queries)


def fewest_cached_tokens() -> int:
    """From how many tokens of a prompt on providers cache it without being asked."""
    return _rule_file().fewest_cached_tokens


@lru_cache(maxsize=1024)
def fewest_billed_cache_writes(model: str) -> int | None:
    """From how many tokens of a prompt on `model` bills what it writes to a cache by itself; None if it does not."""
    file, name = _rule_file(), model.lower()
    return file.fewest_cached_tokens if any(part in name for part in file.models_that_bill_cache_writes) else None


def _fits(rule: CountingRule, counted_by: CountedBy, shape: str, cache_in_details: bool) -> bool:
    return (
        (not rule.shapes or shape in rule.shapes)
        and (not rule.gateway or rule.gateway == counted_by.gateway)
        and (not rule.providers or counted_by.provider in rule.providers)
        and counted_by.model.lower().startswith(rule.model_prefix)
        and (not rule.cache_in_details or cache_in_details)
        and _fits_version(rule, counted_by.version)
    )


def _fits_version(rule: CountingRule, version: Version) -> bool:
    if not version:
        return not rule.since and not rule.before
    return (not rule.since or _has_come(rule.since, version)) and not _has_come(rule.before, version)


def _has_come(first_of_lines: tuple[str, ...], version: Version) -> bool:
    """Whether what began with one of these versions, each for its line (3.14), is in `version`."""
    firsts = sorted(map(parse_version, first_of_lines))
    line = version[:2]
    of_line = [first for first in firsts if first[:2] == line]
    if of_line:
        return version >= of_line[0]
    return bool(firsts) and line > firsts[-1][:2]


def parse_version(text: str) -> Version:
    """`3.14.0.8` as numbers, four of them."""
    numbers = [int(part) for part in text.split(".")]
    return tuple((*numbers, 0, 0, 0, 0)[:4])


@cache
def _rule_file() -> _RuleFile:
    return read_rules("token_rules.toml", _RuleFile)
