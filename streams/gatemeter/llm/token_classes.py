"""Token counts of one call, and how they divide into disjoint classes, so that no token is priced twice.

The classes are fresh input, cache reads, cache writes and audio input; plain output, reasoning and audio output. Cache,
reasoning and audio are logged by themselves. What is left of the prompt and of the completion count follows from the
provider's inclusion rule in `token_rules.toml`: which provider counts what inside what.
"""

import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCounts:
    """The counts of a usage object as logged, None where none is; `token_classes` takes the overlapping ones apart.

    `cache_write` includes `cache_write_1h`. `audio_input` excludes audio that was read from the cache, which `cached`
    includes. `has_fractions`: a count had a fraction, so the gateway estimated it. `has_details`: counts of classes
    were logged, which no gateway estimates. `cache_beside_prompt`: the object has a form (Anthropic's, Bedrock's) whose
    prompt count never includes the cached tokens. `is_chat_form`: it has the plain OpenAI chat form, which gateways
    write themselves. `has_unusable`: a count was logged and could not be used, so the other counts are not all.
    """

    prompt: int | None = None
    completion: int | None = None
    total: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    other_modality: int | None = None
    has_fractions: bool = False
    has_details: bool = False
    has_unusable: bool = False
    cache_beside_prompt: bool = False
    is_chat_form: bool = False

    @property
    def has_no_tokens(self) -> bool:
        """Whether prompt, completion and total are all 0 or not logged."""
        return not (self.prompt or self.completion or self.total)

    @property
    def cache(self) -> int:
        """Tokens read from and written to the provider's cache."""
        return (self.cached or 0) + (self.cache_write or 0)

    def completed_by(self, other: "TokenCounts") -> "TokenCounts":
        """These counts, with the values of `other` where they have none; its total only if its counts are the same."""
        gaps = {field.name: getattr(other, field.name) for field in fields(self) if getattr(self, field.name) is None}
        if self.prompt not in (None, other.prompt) or self.completion not in (None, other.completion):
            gaps.pop("total", None)
        return replace(self, **gaps)


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
    """Added classes are logged beside the prompt or completion count, all others are included in it."""

    cache_is_added: bool
    reasoning_is_added: bool


@lru_cache(maxsize=1024)
def inclusion_rule(provider: str, model: str) -> InclusionRule:
    """The rule of `provider` (lower case) for `model`; unknown providers are taken to count as OpenAI does."""
    file = _rule_file()
    by_model = (
        entry.rule
        for entry in file.model_rules
        if entry.provider == provider and model.lower().startswith(entry.model_prefix)
    )
    by_provider = (name for name, rule in file.rules.items() if provider in rule.providers)
    rule = file.rules[next(by_model, None) or next(by_provider, file.default_rule)]
    return InclusionRule(cache_is_added=rule.cache == "added", reasoning_is_added=rule.reasoning == "added")


def streams_have_counts(provider: str) -> bool:
    """Whether `provider` sends token counts in its streams, so that the gateway need not estimate them."""
    return provider in _rule_file().providers_with_counts_in_streams


@cache
def _rule_file() -> _RuleFile:
    text = files(__package__).joinpath("token_rules.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _RuleFile)


@dataclass(frozen=True, slots=True)
class TokenClasses:
    """`fresh_input` is the prompt without the classes included in it, `plain_output` the completion likewise.

    Both are 0 if the counts are impossible (`are_consistent` is false). `all_input`, the size of the context, counts
    every input token once, however it was served.
    """

    fresh_input: int
    plain_output: int
    all_input: int
    are_consistent: bool = True


def token_classes(counts: TokenCounts, rule: InclusionRule) -> TokenClasses:
    """The classes of `counts` by `rule`, unless the counts themselves prove another one."""
    prompt, completion = counts.prompt or 0, counts.completion or 0
    cache_is_added = counts.cache_beside_prompt or rule.cache_is_added
    reasoning_is_added = _reasoning_is_added(counts, cache_is_added, rule)
    fresh_input = prompt - (counts.audio_input or 0) - (0 if cache_is_added else counts.cache)
    plain_output = completion - (counts.audio_output or 0) - (0 if reasoning_is_added else counts.reasoning or 0)
    all_input = prompt + (counts.cache if cache_is_added else 0)
    if fresh_input < 0 or plain_output < 0 or _is_impossible(counts):
        return TokenClasses(0, 0, all_input, are_consistent=False)
    return TokenClasses(fresh_input, plain_output, all_input)


def _reasoning_is_added(counts: TokenCounts, cache_is_added: bool, rule: InclusionRule) -> bool:
    """By the total, if only one of both ways adds up to it, else by the rule."""
    completion, reasoning = counts.completion or 0, counts.reasoning or 0
    if not reasoning or counts.total is None:
        return rule.reasoning_is_added
    sums = {(counts.prompt or 0) + completion}
    if cache_is_added:
        sums |= {shared + counts.cache for shared in sums}
    fits_included = counts.total in sums and reasoning + (counts.audio_output or 0) <= completion
    fits_added = counts.total - reasoning in sums
    return rule.reasoning_is_added if fits_included == fits_added else fits_added


def _is_impossible(counts: TokenCounts) -> bool:
    """More written for an hour than written at all; a total below its parts (a total of 0 is one nobody filled in)."""
    if (counts.cache_write_1h or 0) > (counts.cache_write or 0):
        return True
    parts = (counts.prompt or 0) + (counts.completion or 0)
    return bool(counts.total) and not counts.has_fractions and (counts.total or 0) < parts
